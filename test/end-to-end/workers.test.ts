// Several worker processes under one `gatelodge serve`, as a service manager sees them.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXTERNAL, missingFor } from '../support/backends.ts';
import { findFreePort } from '../support/free-port.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../support/gatelodge-process.ts';
import { createPostgresDatabase } from '../support/services.ts';

const WORKERS = 2;
const REQUESTS = 12;
const WITHIN_MS = 50_000;

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

async function createDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'gatelodge-workers-'));
}

describe('several workers', () => {
  it('are refused on the embedded database, in words', async () => {
    const dataDirectory = await createDirectory();
    const server = await startGatelodgeProcess({ dataDirectory, environment: { GATELODGE_WORKERS: '2' } });
    expect(await server.untilEnded()).toBe(1);
    expect(server.output()).toContain(
      'GATELODGE_WORKERS: got 2, but the embedded database belongs to one process',
    );
    await rm(dataDirectory, { recursive: true });
  });
});

(missingFor(EXTERNAL) ? describe.skip : describe)('several workers on PostgreSQL', () => {
  let server: GatelodgeProcess;
  let dataDirectory: string;
  let metricsPort: number;

  beforeAll(async () => {
    dataDirectory = await createDirectory();
    metricsPort = await findFreePort();
    const environment = {
      DATABASE_URL: await createPostgresDatabase(),
      AUTHENTIK_WEB__WORKERS: String(WORKERS),
      GATELODGE_LISTEN_METRICS: `127.0.0.1:${metricsPort}`,
      GATELODGE_LOG_LEVEL: 'info',
    };
    server = await startGatelodgeProcess({ dataDirectory, environment });
    await untilSaid('Gatelodge is ready');
  });
  afterAll(async () => {
    await server?.end('SIGKILL');
    await rm(dataDirectory, { recursive: true, force: true });
  });

  async function untilSaid(words: string): Promise<void> {
    for (const giveUpAt = Date.now() + WITHIN_MS; !server.output().includes(words); await sleep(50)) {
      if (Date.now() > giveUpAt) throw new Error(`it does not say "${words}":\n${server.output()}`);
    }
  }

  const isReady = () =>
    fetch(`${server.origin}/-/health/ready/`, { headers: { connection: 'close' } }).then(
      ({ status }) => status === 200,
    );

  async function numberOfRequests(): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/-/metrics/`)).text();
    const counts = text.matchAll(
      /^gatelodge_http_request_duration_seconds_count\{.*health\/live.*\} (\d+)$/gm,
    );
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it('are counted together in the metrics', async () => {
    const ask = () => fetch(`${server.origin}/-/health/live/`, { headers: { connection: 'close' } });
    await Promise.all(Array.from({ length: REQUESTS }, ask));
    expect(await numberOfRequests()).toBe(REQUESTS);
  });

  it('replace one that was killed, while the other serves', async () => {
    const [victim = 0, survivor = 0] = await childrenOf(server.pid);
    process.kill(victim, 'SIGKILL');
    await untilSaid('a worker has ended');
    // Nobody is sent to the new one before it can serve.
    do expect(await isReady()).toBe(true);
    while (!server.output().includes('a worker serves again'));
    const pids = await childrenOf(server.pid);
    expect(pids).toHaveLength(WORKERS);
    expect(pids).toContain(survivor);
    expect(await isReady()).toBe(true);
  });

  it('end together and in order at SIGTERM', async () => {
    const pids = await childrenOf(server.pid);
    expect(await server.end('SIGTERM')).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
