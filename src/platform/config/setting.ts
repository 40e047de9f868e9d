// What a setting is: one row of the table in settings.ts.
import type { z } from 'zod';
import type { Assembly } from './authentik.ts';

export interface Setting {
  /** First setting of a part of .env.example: its heading. */
  readonly heading?: string;
  readonly name: string;
  /** authentik's name for the same thing, or the names it is put together from. */
  readonly alias?: string | Assembly;
  /** One or two sentences for .env.example and docs/configuration.md. */
  readonly about: string;
  readonly kind: z.ZodType<unknown, string>;
  /** In the form in which it would be given; without one the setting may stay unset. */
  readonly default?: string;
  readonly example?: string;
  /** What is never shown: the whole value, or the password in an address. Secrets may come from `<NAME>_FILE`. */
  readonly secret?: 'whole' | 'password';
}

const HIDDEN = '***';

/** The value as it may be shown to people. */
export function withoutSecret(setting: Setting, text: string): string {
  if (setting.secret === undefined) return text;
  const url = setting.secret === 'password' ? URL.parse(text) : null;
  if (!url) return HIDDEN;
  if (url.password) url.password = HIDDEN;
  for (const name of url.searchParams.keys()) {
    if (/pass|secret|token|key/i.test(name)) url.searchParams.set(name, HIDDEN);
  }
  return url.href;
}
