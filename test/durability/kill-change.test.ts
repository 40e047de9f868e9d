// `kill -9` while the keys are rotated and while the schema is migrated: the next start finds the old state or the new one,
// whole, and goes on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEmbedded } from '../../src/platform/database/embedded.ts';
import { apiOf, createOidcApplication } from '../support/api-client.ts';
import { runChild } from '../support/child.ts';
import { findFreePort } from '../support/free-port.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../support/gatelodge-process.ts';
import { createDataDirectory, removeDataDirectory } from '../support/services.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/main.ts');
const TOKEN = 'a-bootstrap-token-for-the-kill-tests';
const MIGRATOR = path.join(import.meta.dirname, 'migrator.ts');

describe('kill -9 while signing keys are rotated', () => {
  let dataDirectory: string;
  let server: GatelodgeProcess;
  let port: number;

  beforeAll(async () => {
    dataDirectory = await createDataDirectory();
    port = await findFreePort();
    await start();
    await createOidcApplication(apiOf(server.origin, TOKEN), {
      name: 'Wiki',
      slug: 'wiki',
      clientId: 'wiki',
      clientSecret: 'a-secret-of-the-wiki',
      redirectUris: ['https://wiki.test/'],
    });
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    removeDataDirectory(dataDirectory);
  });

  async function start(): Promise<void> {
    const environment = { GATELODGE_BOOTSTRAP_TOKEN: TOKEN };
    server = await startGatelodgeProcess({ dataDirectory, port, environment });
    await server.untilReady();
  }

  async function publishedKids(): Promise<string[]> {
    const { keys } = (await (await fetch(`${server.origin}/application/o/wiki/jwks/`)).json()) as {
      keys: { kid: string }[];
    };
    return keys.map(({ kid }) => kid);
  }

  /** Resolves to the kid that the command said it has made; undefined when it did not come to that. */
  async function rotate(): Promise<string | undefined> {
    const args = ['--disable-warning=ExperimentalWarning', MAIN, 'key', 'rotate', '--now', '--json'];
    const env = { PATH: process.env.PATH, GATELODGE_DATA_DIR: dataDirectory };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const output = child.stdout.toArray();
    const [code] = await once(child, 'close');
    return code === 0 ? /"kid":\s*"([^"]+)"/.exec(Buffer.concat(await output).toString())?.[1] : undefined;
  }

  it('loses no key that was published, and none that the command has named', async () => {
    for (const delayMs of [300, 900]) {
      const before = await publishedKids();
      const rotating = rotate();
      await Promise.race([rotating, sleep(delayMs)]);
      await server.end('SIGKILL');
      const named = await rotating;
      await start();
      const after = await publishedKids();
      expect(after).toEqual(expect.arrayContaining(before));
      if (named !== undefined) expect(after).toContain(named);
    }
    expect(await rotate()).toMatch(/\S/);
  }, 180_000);
});

describe('kill -9 while the schema is migrated', () => {
  let dataDirectory: string;
  beforeAll(async () => {
    dataDirectory = await createDataDirectory('empty');
  });
  afterAll(() => removeDataDirectory(dataDirectory));

  /** Names of the migrations that are noted, and of those whose tables are there as the script leaves them. */
  async function found(): Promise<{ noted: string[]; there: string[] }> {
    const { session, close } = await openEmbedded(dataDirectory);
    const names = async (sql: string) => (await session.query<{ name: string }>(sql)).map(({ name }) => name);
    const noted = await names('SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1');
    const there = await names(
      `SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'done' ORDER BY 1`,
    );
    await close();
    return { noted, there };
  }

  it('leaves whole migrations behind, with what was said to be done among them, and can be gone on with', async () => {
    for (const kill of [3, 5]) {
      const migrating = runChild(MIGRATOR, dataDirectory);
      let said = '';
      for (let line = 0; line < kill; line++) said = (await migrating.nextLine()) ?? said;
      await migrating.kill();
      const { noted, there } = await found();
      expect(there).toEqual(noted);
      expect(noted).toContain(said);
    }
    const last = runChild(MIGRATOR, dataDirectory);
    while ((await last.nextLine()) !== undefined);
    const { noted, there } = await found();
    expect([noted.length, there]).toEqual([40, noted]);
  }, 180_000);
});
