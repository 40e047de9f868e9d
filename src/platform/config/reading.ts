// Reads every setting and collects what is wrong with them, so that a person is told everything at once.
import type { Setting } from './setting.ts';
import { type SettingKey, settings, type Values } from './settings.ts';
import { findGiven, type Given, type Surroundings, UnusableSetting } from './source.ts';

export interface Reading {
  /** Complete only when there are no faults. */
  readonly values: Values;
  readonly given: Map<string, Given>;
  readonly faults: readonly string[];
}

/** The values of all settings, what gave them, and every fault in words. */
export function readSettings(surroundings: Surroundings): Reading {
  const values: Partial<Record<SettingKey, unknown>> = {};
  const given = new Map<string, Given>();
  const faults: string[] = [];
  for (const [key, setting] of Object.entries<Setting>(settings)) {
    try {
      const text = findGiven(setting, surroundings);
      if (text) given.set(key, text);
      values[key as SettingKey] = parse(setting, text);
    } catch (error) {
      if (!(error instanceof UnusableSetting)) throw error;
      faults.push(error.message);
    }
  }
  if (faults.length === 0) faults.push(...contradictions(values as Values));
  return { values: values as Values, given, faults };
}

function parse(setting: Setting, given: Given | undefined): unknown {
  const text = given?.text ?? setting.default;
  if (text === undefined) return undefined;
  const parsed = setting.kind.safeParse(text);
  if (parsed.success) return parsed.data;

  const shown = setting.secret ? 'a value that is not shown here' : JSON.stringify(text);
  const expected = parsed.error.issues[0]?.message ?? 'something else';
  const example = setting.example ?? setting.default;
  const hint = example ? `; for example ${example}` : '';
  throw new UnusableSetting(`${given?.from ?? setting.name}: got ${shown}, expected ${expected}${hint}.`);
}

function contradictions(values: Values): string[] {
  return [...foreignCookieDomain(values), ...workersWithoutDatabase(values)];
}

function foreignCookieDomain({ url, cookieDomain }: Values): string[] {
  if (!url || !cookieDomain) return [];
  const { hostname } = new URL(url);
  if (hostname === cookieDomain || hostname.endsWith(`.${cookieDomain}`)) return [];
  return [
    `GATELODGE_COOKIE_DOMAIN: got "${cookieDomain}", but from ${hostname} (GATELODGE_URL) browsers refuse a cookie ` +
      'for that domain; expected the host itself or a domain above it.',
  ];
}

function workersWithoutDatabase({ workers, databaseUrl }: Values): string[] {
  if (workers === 1 || databaseUrl) return [];
  return [
    `GATELODGE_WORKERS: got ${workers}, but the embedded database belongs to one process; expected 1, or PostgreSQL at ` +
      'DATABASE_URL.',
  ];
}
