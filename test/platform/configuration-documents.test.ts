import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { configurationPage, envExample } from '../../src/platform/config/document.ts';
import type { Setting } from '../../src/platform/config/setting.ts';
import { settings } from '../../src/platform/config/settings.ts';

const table: readonly Setting[] = Object.values(settings);
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('.env.example', () => {
  it('is what scripts/configuration.ts makes from the settings', () => {
    expect(read('.env.example')).toBe(envExample(table));
  });

  it('changes nothing when it is copied as it is', () => {
    expect(parseEnv(read('.env.example'))).toEqual({});
  });

  it('gives, with every # taken away, values that each setting accepts', () => {
    const uncommented = parseEnv(read('.env.example').replaceAll(/^# (?=[A-Z_]+=)/gm, ''));
    for (const { name, kind } of table) {
      const value = uncommented[name];
      if (value) expect([name, kind.safeParse(value).success]).toEqual([name, true]);
    }
    expect(Object.keys(uncommented).sort()).toEqual(table.map(({ name }) => name).sort());
  });
});

describe('docs/configuration.md', () => {
  it('is what scripts/configuration.ts makes from the settings', () => {
    expect(read('docs/configuration.md')).toBe(configurationPage(table));
  });
});
