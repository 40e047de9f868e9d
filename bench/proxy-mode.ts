// Proxy mode against nginx's proxy_pass, in interleaved rounds, before one and the same application: small requests, a
// download of 100 MB, and what an upload of 2 GB does to the memory. The application is an nginx of its own.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { apiOf, createPerson } from '../test/support/api-client.ts';
import { Browser } from '../test/support/browser.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { hasNginx } from '../test/support/nginx.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import { PINNED } from './contender.ts';
import { benchPerson } from './fixture.ts';
import { runLoad } from './load.ts';
import { cpuSeconds, median, residentMib } from './measure.ts';

const CONNECTIONS = 64;
const MIB = 1024 * 1024;
const DOWNLOAD_BYTES = 100 * MIB;
const UPLOAD_BYTES = 2048 * MIB;
const BLOCK = Buffer.alloc(256 * 1024);
const APP = 'http://app.bench.test';
const UPLOADS = 'http://uploads.bench.test';
const AUTH = 'http://auth.bench.test';

interface Contender {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  readonly cookies: Readonly<Record<string, string>>;
  end(): Promise<unknown>;
}

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
  contenders: readonly Contender[],
  { rounds, milliseconds }: { rounds: number; milliseconds: number },
): Promise<void> {
  const results = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]));
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

async function runRound({ origin, pid, cookies }: Contender, milliseconds: number): Promise<Round> {
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
async function printUpload({ origin, pid, cookies }: Contender): Promise<void> {
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

/** An nginx with a small answer and a large file: an application that is never the bottleneck. */
async function startApplication(directory: string): Promise<{ origin: string; end(): Promise<void> }> {
  await writeFile(path.join(directory, 'large'), '');
  await truncate(path.join(directory, 'large'), DOWNLOAD_BYTES);
  const port = await findFreePort();
  const locations = `location = /small { return 204; }\n location = /large { alias ${directory}/large; }`;
  const { end } = await startNginx(directory, 'application', port, '', locations, []);
  return { origin: `http://127.0.0.1:${port}`, end };
}

async function startNginxProxy(directory: string, application: string): Promise<Contender> {
  const port = await findFreePort();
  const upstream = `upstream application { server ${new URL(application).host}; keepalive 64; }`;
  const location = `location / {
      proxy_pass http://application;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }`;
  const { pid, end } = await startNginx(directory, 'proxy', port, upstream, location, PINNED);
  return { name: 'nginx proxy_pass', origin: `http://127.0.0.1:${port}`, pid, cookies: {}, end };
}

async function startNginx(
  directory: string,
  name: string,
  port: number,
  upstream: string,
  locations: string,
  under: readonly string[],
): Promise<{ pid: number; end(): Promise<void> }> {
  const file = path.join(directory, `${name}.conf`);
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = folders.map((folder) => `${folder}_temp_path ${directory}/${name}-${folder};`).join('\n');
  await writeFile(
    file,
    `daemon off; master_process off; pid ${directory}/${name}.pid; error_log ${directory}/${name}.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; keepalive_requests 1000000;
  ${temporary}
  ${upstream}
  server { listen 127.0.0.1:${port}; ${locations} }
}`,
  );
  const [program = '', ...args] = [...under, '/usr/sbin/nginx', '-e', `${directory}/${name}.log`, '-c', file];
  const isReady = () => fetch(`http://127.0.0.1:${port}/small`);
  const server = await startServerProcess(program, args, isReady);
  return { pid: server.process.pid ?? 0, end: () => server.stop() };
}

/** An application that counts what it is sent, in this process: its memory is not what is measured. */
async function startUploads(): Promise<{ origin: string; end(): Promise<unknown> }> {
  const server = http.createServer((request, response) => {
    request.resume().once('end', () => response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const end = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { origin: `http://127.0.0.1:${port}`, end };
}

async function startGatelodge(directory: string, application: string, uploads: string): Promise<Contender> {
  const token = randomBytes(32).toString('base64url');
  const environment = { GATELODGE_BOOTSTRAP_TOKEN: token, GATELODGE_URL: AUTH };
  const dataDirectory = path.join(directory, 'data');
  const server = await startGatelodgeProcess({ dataDirectory, environment, under: PINNED });
  await server.untilReady();
  const api = apiOf(server.origin, token);
  await createPerson(api, { ...benchPerson, ...benchPerson.claims });
  for (const [slug, externalHost, internalHost] of [
    ['app', APP, application],
    ['uploads', UPLOADS, uploads],
  ]) {
    const provider = { name: slug, mode: 'proxy', external_host: externalHost, internal_host: internalHost };
    const { pk } = await api('POST', 'providers/proxy/', provider);
    await api('POST', 'core/applications/', { name: slug, slug, provider: pk });
  }
  const cookies = await signIn(server.origin);
  const { pid, origin } = server;
  return { name: 'Gatelodge, proxy mode', origin, pid, cookies, end: () => server.end('SIGTERM') };
}

async function signIn(origin: string): Promise<Readonly<Record<string, string>>> {
  const proxied = { [AUTH]: origin, [APP]: origin, [UPLOADS]: origin };
  const browser = new Browser({ origin: AUTH, proxied });
  const first = await browser.visit(`${APP}/small`);
  const asked = await first.form().submit({ uid_field: benchPerson.username }, { follow: true });
  await asked.form().submit({ password: benchPerson.password }, { follow: true });
  await browser.visit(`${UPLOADS}/`);
  const entries = [APP, UPLOADS].map(async (host) => [host, await browser.cookies.getCookieString(host)]);
  return Object.fromEntries(await Promise.all(entries));
}
