// Proxy mode against nginx's proxy_pass, in interleaved rounds, before one and the same application: small requests, a
// download of 100 MB, and what an upload of 2 GB does to the memory.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasNginx } from '../test/support/nginx.ts';
import { PINNED } from './contender.ts';
import { runLoad } from './load.ts';
import { cpuSeconds, median, residentMib } from './measure.ts';
import {
  APP,
  DOWNLOAD_BYTES,
  type ReverseProxy,
  startApplication,
  startGatelodge,
  startNginxProxy,
  startUploads,
  UPLOADS,
} from './reverse-proxies.ts';

const CONNECTIONS = 64;
const MIB = 1024 * 1024;
const UPLOAD_BYTES = 2048 * MIB;
const BLOCK = Buffer.alloc(256 * 1024);

/** Prints the tables; nothing where nginx is not installed. */
export async function benchProxyMode(options: { rounds: number; milliseconds: number }): Promise<void> {
  if (!hasNginx) return console.log('\nproxy mode: skipped, nginx is not installed');
  const directory = await mkdtemp(path.join(tmpdir(), 'gatelodge-bench-'));
  const closers: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const application = await startApplication(directory);
    closers.push(application.end);
    const uploads = await startUploads();
    closers.push(uploads.end);
    const nginx = await startNginxProxy(directory, application.origin);
    closers.push(nginx.end);
    const gatelodge = await startGatelodge(directory, application.origin, uploads.origin);
    closers.push(gatelodge.end);
    await printRounds([nginx, gatelodge], options);
    await printUpload(gatelodge);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

interface Round {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p99Ms: number;
  readonly mibPerSecond: number;
  readonly cpuSecondsPerDownload: number;
}

async function printRounds(
  contenders: readonly ReverseProxy[],
  { rounds, milliseconds }: { rounds: number; milliseconds: number },
): Promise<void> {
  const results = new Map<ReverseProxy, Round[]>(contenders.map((contender) => [contender, []]));
  for (const contender of contenders) await runRound(contender, milliseconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      results.get(contender)?.push(await runRound(contender, milliseconds));
    }
  }
  const [reference] = results.values();
  const under = PINNED.join(' ') || 'nothing';
  console.log(`\nproxy mode (${rounds} rounds, ${CONNECTIONS} connections; proxies run under: ${under})`);
  console.table(
    [...results].map(([{ name }, own]) => {
      const of = (read: (round: Round) => number) => median(own.map(read));
      const ratio = (read: (round: Round) => number) =>
        median(own.map((round, index) => read(round) / read(reference?.[index] ?? round))).toFixed(2);
      return {
        proxy: name,
        'requests/s': of((round) => round.perSecond).toFixed(0),
        'CPU µs': of((round) => round.cpuMicroseconds).toFixed(0),
        'p99 ms': of((round) => round.p99Ms).toFixed(1),
        '÷ nginx': ratio((round) => round.perSecond),
        'download MiB/s': of((round) => round.mibPerSecond).toFixed(0),
        'CPU s': of((round) => round.cpuSecondsPerDownload).toFixed(2),
        'download ÷ nginx': ratio((round) => round.mibPerSecond),
      };
    }),
  );
}

async function runRound({ origin, pid, cookies }: ReverseProxy, milliseconds: number): Promise<Round> {
  const { host } = new URL(APP);
  const request = `GET /small HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench\r\nCookie: ${cookies[APP] ?? ''}`;
  const before = await cpuSeconds(pid);
  const load = { origin, connections: CONNECTIONS, milliseconds, expectedStatus: 204 };
  const small = await runLoad({ ...load, request: () => request });
  const between = await cpuSeconds(pid);
  const seconds = await download(origin, cookies[APP] ?? '');
  return {
    perSecond: small.perSecond,
    p99Ms: small.p99Ms,
    cpuMicroseconds: ((between - before) / small.count) * 1e6,
    mibPerSecond: DOWNLOAD_BYTES / MIB / seconds,
    cpuSecondsPerDownload: (await cpuSeconds(pid)) - between,
  };
}

async function download(origin: string, cookie: string): Promise<number> {
  const startedAt = performance.now();
  const headers = { host: new URL(APP).host, cookie };
  const [answer] = await once(http.get(`${origin}/large`, { headers, agent: false }), 'response');
  let bytes = 0;
  for await (const chunk of answer) bytes += chunk.length;
  if (bytes !== DOWNLOAD_BYTES) throw new Error(`${bytes} bytes of ${DOWNLOAD_BYTES} came`);
  return (performance.now() - startedAt) / 1000;
}

/** Samples the memory while an upload of 2 GB goes through. */
async function printUpload({ origin, pid, cookies }: ReverseProxy): Promise<void> {
  const before = await residentMib(pid);
  const samples: number[] = [];
  const timer = setInterval(() => void residentMib(pid).then((mib) => samples.push(mib)), 100);
  const startedAt = performance.now();
  const headers = { host: new URL(UPLOADS).host, cookie: cookies[UPLOADS], 'content-length': UPLOAD_BYTES };
  const outgoing = http.request(`${origin}/upload`, { method: 'PUT', headers, agent: false });
  const answered = once(outgoing, 'response');
  for (let sent = 0; sent < UPLOAD_BYTES; sent += BLOCK.length) {
    if (!outgoing.write(BLOCK)) await once(outgoing, 'drain');
  }
  outgoing.end();
  const [answer] = await answered;
  clearInterval(timer);
  answer.resume();
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`\nupload of ${UPLOAD_BYTES / MIB} MiB (answered ${answer.statusCode})`);
  console.table([
    {
      'MiB/s': (UPLOAD_BYTES / MIB / seconds).toFixed(0),
      'memory before, MiB': before.toFixed(0),
      'median while': median(samples).toFixed(0),
      'most while': Math.max(...samples).toFixed(0),
    },
  ]);
}
