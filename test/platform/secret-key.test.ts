import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/platform/config/config.ts';
import { ConfigurationFault } from '../../src/platform/config/fault.ts';

const run = promisify(execFile);
let dataDirectory: string;

beforeEach(() => {
  dataDirectory = join(mkdtempSync(join(tmpdir(), 'gatelodge-key-')), 'data');
});
afterEach(() => rmSync(join(dataDirectory, '..'), { recursive: true }));

const load = () => loadConfig({ GATELODGE_DATA_DIR: dataDirectory });

/** Loads the settings in a process of its own, at a moment that several of them agree on. */
async function loadElsewhere(atMilliseconds: number): Promise<string> {
  const script = `
    const { loadConfig } = await import(${JSON.stringify(new URL('../../src/platform/config/config.ts', import.meta.url))});
    while (Date.now() < ${atMilliseconds});
    process.stdout.write(loadConfig(process.env).config.secretKey);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    env: { GATELODGE_DATA_DIR: dataDirectory },
  });
  return stdout;
}

describe('the secret key of an installation that was given none', () => {
  it('is made once, and kept where only its owner can read it', () => {
    const first = load();
    const again = load();

    expect(again.config.secretKey).toBe(first.config.secretKey);
    expect(first.config.secretKey).toMatch(/^[\w-]{43}$/);
    expect(statSync(join(dataDirectory, 'secret-key')).mode & 0o777).toBe(0o600);
    expect(statSync(dataDirectory).mode & 0o777).toBe(0o700);
    expect(first.notices).toEqual([expect.stringContaining('A secret key was made')]);
    expect(again.notices).toEqual([]);
    expect(again.report.find(({ source }) => source === 'generated')).toMatchObject({ value: '***' });
  });

  it('is the same for all of several processes that start for the first time at once', async () => {
    const start = Date.now() + 1500;
    const keys = await Promise.all(Array.from({ length: 4 }, () => loadElsewhere(start)));

    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toBe(readFileSync(join(dataDirectory, 'secret-key'), 'utf8').trim());
    expect(readdirSync(dataDirectory)).toEqual(['secret-key']);
  });

  it('is never replaced when the kept one is damaged', () => {
    load();
    writeFileSync(join(dataDirectory, 'secret-key'), 'half\n');
    expect(load).toThrow(ConfigurationFault);
    expect(load).toThrow(/fewer than 32 characters; restore it from a backup/);
  });

  it('is not made when one is given', () => {
    loadConfig({ GATELODGE_DATA_DIR: dataDirectory, GATELODGE_SECRET_KEY: 'x'.repeat(32) });
    expect(() => statSync(dataDirectory)).toThrow('ENOENT');
  });

  it('is a fault in words when the directory cannot be made', () => {
    writeFileSync(dataDirectory, 'a file in its place');
    expect(load).toThrow(/GATELODGE_DATA_DIR: the secret key cannot be kept in .*give GATELODGE_SECRET_KEY/);
  });
});
