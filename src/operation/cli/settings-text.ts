// An application's own settings as text for a terminal: comments say where each block belongs, the rest can be piped.
import type { SettingsBlock } from '../../protocol/oidc/recipe/recipe-fields.ts';

/** Blocks one after another, then what else to know. */
export function settingsText(blocks: readonly SettingsBlock[], notes: readonly string[]): string {
  const shown = blocks.map(({ title, hint, text, fields = [] }) => {
    const heading = [title, hint].filter(Boolean).map((line) => `# ${line}`);
    const lines = fields.map(({ label, value }) => `${label}: ${value}`);
    return [...heading, ...(text === undefined ? [] : [text]), ...lines].join('\n');
  });
  const remarks = notes.map((note) => `# ${note}`).join('\n');
  return [...shown, ...(remarks ? [remarks] : [])].join('\n\n');
}
