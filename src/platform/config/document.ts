// The settings in words, made from their table: .env.example and docs/configuration.md. scripts/configuration.ts writes
// them, and test/platform/configuration-documents.test.ts holds that they are up to date.
import type { Assembly } from './authentik.ts';
import type { Setting } from './setting.ts';

const ENV_EXAMPLE_HEAD = `# Settings of Gatelodge. All are optional. Copy this file to .env and take the # from the lines you need.
# Secrets may instead come from a file: add _FILE to the name and give its path.
# Made from src/platform/config/settings.ts by scripts/configuration.ts.
`;

const MARKDOWN_HEAD = `# Settings

Read once at start from the environment and, beneath it, from a file \`.env\` in the working directory. All of them are
optional. Everything that is wrong is reported at once, in words; \`gatelodge config\` prints what is in effect and where
it came from. Secrets (marked 🔑) may also come from a file: \`<NAME>_FILE\` gives its path.

The names of authentik in the last column are understood too, with its \`file://\` and \`env://\` values, so that its
\`.env\` or compose file starts Gatelodge; our own name wins where both are given.

This page is made from \`src/platform/config/settings.ts\` by \`scripts/configuration.ts\`.
`;

/** The text of .env.example. */
export function envExample(settings: readonly Setting[]): string {
  const entries = settings.map(({ heading, name, about, default: unlessGiven, example }) => {
    const title = heading ? `\n# ── ${heading} ${'─'.repeat(60 - heading.length)}\n` : '';
    const value = unlessGiven ?? (example?.includes(': ') ? '' : example) ?? '';
    return `${title}\n# ${about}\n# ${name}=${value.includes(' ') ? `"${value}"` : value}\n`;
  });
  return ENV_EXAMPLE_HEAD + entries.join('');
}

/** The text of docs/configuration.md. */
export function configurationPage(settings: readonly Setting[]): string {
  const rows = settings.map((setting) => {
    const heading = setting.heading ? `\n## ${setting.heading}\n\n${TABLE_HEAD}` : '';
    return heading + rowOf(setting);
  });
  return `${MARKDOWN_HEAD}${rows.join('')}`;
}

const TABLE_HEAD = '| Name | Meaning | Default | authentik |\n|---|---|---|---|\n';

function rowOf({ name, secret, about, default: unlessGiven, example, alias }: Setting): string {
  const meaning = example ? `${about} Example: \`${example}\`` : about;
  const cells = [
    `\`${name}\`${secret ? ' 🔑' : ''}`,
    meaning,
    unlessGiven ? `\`${unlessGiven}\`` : '',
    alias ? aliasNames(alias) : '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

function aliasNames(alias: string | Assembly): string {
  return typeof alias === 'string' ? `\`${alias}\`` : `\`${alias.prefix}{${alias.parts.join(',')}}\``;
}
