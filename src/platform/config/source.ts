// Where the text of a setting comes from: its own name, a file that `<NAME>_FILE` names, or authentik's names.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { readAuthentik } from './authentik.ts';
import type { Setting } from './setting.ts';
import { hasCode, reasonOf } from './system-error.ts';

export type Source = 'default' | 'environment' | '.env' | 'file' | 'alias' | 'generated';

/** A text as it was given, and by what. */
export interface Given {
  readonly text: string;
  readonly source: Source;
  /** The name (or path) to look at in order to change it. */
  readonly from: string;
}

/** A setting that is given, but cannot be used; the message is a fault in words. */
export class UnusableSetting extends Error {}

/** All that the program was told: the real environment, and beneath it the .env file. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Names that only the .env file gives. */
  readonly fromEnvFile: ReadonlySet<string>;
}

/** The environment over the .env file at that path, if it exists (as process.loadEnvFile would merge them). */
export function readSurroundings(environment: NodeJS.ProcessEnv, envFile: string | undefined): Surroundings {
  const written = envFile === undefined ? {} : parseEnvFile(envFile);
  const fromEnvFile = new Set(Object.keys(written).filter((name) => environment[name] === undefined));
  return { environment: { ...written, ...environment }, fromEnvFile };
}

function parseEnvFile(path: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return {};
    throw error;
  }
}

/** What was given for a setting, most specific name first; empty counts as not given. Throws UnusableSetting. */
export function findGiven(setting: Setting, surroundings: Surroundings): Given | undefined {
  const { environment, fromEnvFile } = surroundings;
  const text = environment[setting.name];
  const path = setting.secret && environment[`${setting.name}_FILE`];
  if (text && path) {
    throw new UnusableSetting(`${setting.name} and ${setting.name}_FILE are both given; keep one of them.`);
  }
  if (text) {
    return { text, source: fromEnvFile.has(setting.name) ? '.env' : 'environment', from: setting.name };
  }
  return path ? readSecretFile(setting.name, path) : findAlias(setting, environment);
}

function readSecretFile(name: string, path: string): Given {
  const text = readSecret(name, path);
  if (text === '') throw new UnusableSetting(`${name}_FILE names ${path}, which is empty.`);
  return { text, source: 'file', from: `${name}_FILE (${path})` };
}

function readSecret(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new UnusableSetting(`${name}_FILE names ${path}, which cannot be read (${reasonOf(error)}).`);
  }
}

function findAlias({ alias }: Setting, environment: NodeJS.ProcessEnv): Given | undefined {
  if (alias === undefined) return undefined;
  if (typeof alias === 'string') {
    const text = readAuthentik(alias, environment);
    return text === undefined ? undefined : { text, source: 'alias', from: alias };
  }
  const text = alias.assemble((part) => readAuthentik(alias.prefix + part, environment));
  return text === undefined ? undefined : { text, source: 'alias', from: `${alias.prefix}*` };
}
