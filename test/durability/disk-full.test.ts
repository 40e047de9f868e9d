// Security.md, "Durability": a full disk is a clear error and corrupts nothing. A small file system of its own holds the
// embedded database; mounting it takes root, so elsewhere the test is skipped by name.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findFreePort } from '../support/free-port.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../support/gatelodge-process.ts';

const TOKEN = 'a-bootstrap-token-for-the-full-disk';
const SIZE = '260m';
/** What is left at first: a little more than the database needs to go on writing. */
const LEFT_BYTES = 72_000_000;
const GROUP_BYTES = 300_000;
const MOST_WRITES = 100;
const ANSWER_WITHIN_MS = 20_000;

interface Answer {
  readonly status: number;
  readonly words: string;
}

const isRoot = process.getuid?.() === 0;
const whenRoot = isRoot || process.env.CI ? describe : describe.skip;

whenRoot(`a full disk${isRoot ? '' : ' (mounting one takes root)'}`, () => {
  let dataDirectory: string;
  let filler: string;
  let port: number;
  let server: GatelodgeProcess;

  beforeAll(async () => {
    dataDirectory = mkdtempSync(path.join(tmpdir(), 'gatelodge-disk-'));
    filler = path.join(dataDirectory, 'filler');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', dataDirectory]);
    port = await findFreePort();
    await start();
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    execFileSync('umount', [dataDirectory]);
    rmSync(dataDirectory, { recursive: true });
  });

  async function start(): Promise<void> {
    const environment = { GATELODGE_BOOTSTRAP_TOKEN: TOKEN };
    server = await startGatelodgeProcess({ dataDirectory, port, environment });
    await server.untilReady();
  }

  /** Undefined when no answer came. */
  async function createGroup(name: string, bytes = 0): Promise<Answer | undefined> {
    const answer = await fetch(`${server.origin}/api/v3/core/groups/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      // What does not get smaller when it is compressed.
      body: JSON.stringify({ name, attributes: { note: randomBytes(bytes).toString('base64') } }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).catch(() => undefined);
    return answer && { status: answer.status, words: await answer.text() };
  }

  async function groupNames(): Promise<string[]> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(`${server.origin}/api/v3/core/groups/?page_size=100`, { headers });
    const { results } = (await answer.json()) as { results: { name: string }[] };
    return results.map(({ name }) => name);
  }

  it('is said clearly while it lasts, loses nothing that was acknowledged, and passes', async () => {
    const { bavail, bsize } = statfsSync(dataDirectory);
    writeFileSync(filler, Buffer.alloc(bavail * bsize - LEFT_BYTES));
    const acknowledged: string[] = [];
    let answer: Answer | undefined = { status: 201, words: '' };
    for (let number = 0; number < MOST_WRITES && answer?.status === 201; number++) {
      answer = await createGroup(`group-${number}`, GROUP_BYTES);
      if (answer?.status === 201) acknowledged.push(`group-${number}`);
    }
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(answer).toEqual({ status: 503, words: expect.stringContaining('no room left on the disk') });
    expect(server.output()).toMatch(/the disk is full/);
    expect(await groupNames()).toEqual(expect.arrayContaining(acknowledged));

    await server.end('SIGKILL');
    const refused = await startGatelodgeProcess({ dataDirectory });
    expect(await refused.untilEnded()).toBe(1);
    expect(refused.output()).toContain('The disk is full');

    rmSync(filler);
    await start();
    expect(await groupNames()).toEqual(expect.arrayContaining(acknowledged));
    expect(await createGroup('afterwards')).toMatchObject({ status: 201 });
  }, 180_000);

  it('is over without a restart', async () => {
    const { bavail, bsize } = statfsSync(dataDirectory);
    writeFileSync(filler, Buffer.alloc(bavail * bsize - 1_000_000));
    await untilStatus(503);
    rmSync(filler);
    await untilStatus(201);
  }, 60_000);

  async function untilStatus(status: number): Promise<void> {
    for (let number = 0; (await createGroup(`${status}-${number}`))?.status !== status; number++)
      await sleep(100);
  }
});
