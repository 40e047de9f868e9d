// The servers that are measured at the gate: Gatelodge with hosts and sessions written straight into PostgreSQL, and a
// bare node:http server that answers with the same headers. Each runs in a process of its own, pinned to the last core.
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sha256Hex } from '../src/platform/crypto/digest.ts';
import { Vault } from '../src/platform/crypto/vault.ts';
import { apiOf, createPerson } from '../test/support/api-client.ts';
import { startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { PINNED } from './contender.ts';
import { benchPerson } from './fixture.ts';
import { type LoadResult, runLoad } from './load.ts';
import { cpuSeconds } from './measure.ts';
import { addApplications, addPeople, populate } from './population.ts';

export const CONNECTIONS = 64;
/** Known here, so that sessions can be written as the server would have written them. */
export const SECRET_KEY = randomBytes(48).toString('base64');
const WARM_WITHIN_MS = 300_000;

/** A browser that is signed in at one of the applications. */
export interface Visitor {
  readonly host: string;
  /** Undefined for a stranger. */
  readonly cookie: string | undefined;
}

export interface Gate {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  readonly visitors: readonly Visitor[];
  /** What Gatelodge has logged so far. */
  output?(): string;
  end(): Promise<unknown>;
}

export interface GateOptions {
  readonly name: string;
  readonly databaseUrl: string;
  readonly hosts: number;
  readonly sessions: number;
  /** How many more people there are, person-1 and so on, with the bench person's password. */
  readonly people?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly under?: readonly string[];
  readonly profileDirectory?: string | undefined;
}

/** The request by which nginx asks about one of the applications. */
export function checkOf(host: string, cookie?: string): string {
  const request = `GET /outpost.goauthentik.io/auth/nginx HTTP/1.1\r\nHost: ${host}\r\nX-Original-URL: https://${host}/films?page=2\r\nAccept: text/html\r\nUser-Agent: bench`;
  return cookie === undefined ? request : `${request}\r\nCookie: ${cookie}`;
}

/** Gatelodge with that many applications, app0.bench.test and so on, and people signed in at them in turn. */
export async function startGate(options: GateOptions): Promise<Gate> {
  const { name, databaseUrl, environment = {}, under = PINNED, profileDirectory } = options;
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'gatelodge-bench-'));
  const token = randomBytes(32).toString('base64url');
  const start = async (more: Readonly<Record<string, string>>) => {
    const fixed = {
      DATABASE_URL: databaseUrl,
      GATELODGE_SECRET_KEY: SECRET_KEY,
      GATELODGE_BOOTSTRAP_TOKEN: token,
      GATELODGE_URL: 'https://auth.bench.test',
    };
    const server = await startGatelodgeProcess({ dataDirectory, environment: { ...fixed, ...more }, under });
    await server.untilReady();
    return server;
  };
  const first = await start({});
  const userId = await createPerson(apiOf(first.origin, token), { ...benchPerson, ...benchPerson.claims });
  await first.end('SIGTERM');
  const visitors = await fill(databaseUrl, userId, options);
  const profiling: Record<string, string> = profileDirectory
    ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDirectory}` }
    : {};
  const { pid, origin, ...server } = await start({ ...environment, ...profiling });
  const end = async () => {
    await server.end('SIGTERM');
    await rm(dataDirectory, { recursive: true, force: true });
  };
  return { name, origin, pid, visitors, output: server.output, end };
}

/** A bare server that answers what the given one answers to its first visitor. */
export async function startBare({ origin, visitors }: Gate): Promise<Gate> {
  const headers = await headersFor(origin, visitors[0]);
  const script = path.join(import.meta.dirname, 'bare-answer.ts');
  const [file = process.execPath, ...args] = [...PINNED, process.execPath, script, JSON.stringify(headers)];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(child.stdout, 'data');
  const end = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { name: 'bare node:http', origin: String(line).trim(), pid: child.pid ?? 0, visitors, end };
}

/** Asks once for every visitor, so that what is measured afterwards is warm. */
export async function warmUp({ origin, visitors }: Pick<Gate, 'origin' | 'visitors'>): Promise<void> {
  await runLoad({
    origin,
    connections: CONNECTIONS,
    milliseconds: WARM_WITHIN_MS,
    most: Math.ceil(visitors.length / CONNECTIONS),
    request: visiting(visitors),
    expectedStatus: 200,
  });
}

export interface Round extends LoadResult {
  readonly cpuMicroseconds: number;
}

export interface Asking {
  readonly milliseconds: number;
  /** 401: without a cookie. */
  readonly status: 200 | 401;
  /** How many requests a visitor makes before the next one's turn, as for a page and what belongs to it. */
  readonly perVisit: number;
}

/** All visitors in turn, from any one of them on; each was seen a moment ago, so that nobody is looked up. */
export async function runRound(gate: Gate, { milliseconds, status, perVisit }: Asking): Promise<Round> {
  const { origin, pid, visitors } = gate;
  if (status === 200) await warmUp(gate);
  const first = Math.floor(Math.random() * visitors.length);
  const asked = status === 200 ? visitors : visitors.map(({ host }) => ({ host, cookie: undefined }));
  const request = visiting(asked, { first, perVisit });
  const before = await cpuSeconds(pid);
  const load = { origin, connections: CONNECTIONS, milliseconds, request, expectedStatus: status };
  const result = await runLoad(load);
  return { ...result, cpuMicroseconds: (((await cpuSeconds(pid)) - before) / result.count) * 1e6 };
}

/** The visitors' requests, dealt out to the connections. */
export function visiting(visitors: readonly Visitor[], { first = 0, perVisit = 1 } = {}) {
  return (connection: number, sent: number): string => {
    const turn = first + connection + Math.floor(sent / perVisit) * CONNECTIONS;
    const visitor = visitors[turn % visitors.length];
    return checkOf(visitor?.host ?? '', visitor?.cookie);
  };
}

/** Applications, and sessions of the person at them in turn, for a server that has SECRET_KEY. */
export async function fill(
  databaseUrl: string,
  userId: number,
  { hosts, sessions, people = 0 }: Pick<GateOptions, 'hosts' | 'sessions' | 'people'>,
): Promise<Visitor[]> {
  return populate(databaseUrl, async (client) => {
    await addPeople(client, people);
    const names = Array.from({ length: hosts }, (_, index) => `app${index}`);
    await addApplications(client, 'proxy', names);
    await client.query(
      `INSERT INTO proxy_providers (provider_id, external_host)
       SELECT id, 'https://' || name || '.bench.test' FROM providers WHERE name = ANY ($1)`,
      [names],
    );
    return signIn(client, userId, sessions);
  });
}

/** Writes that many sessions of the person, each at one of the applications. */
async function signIn(client: pg.Client, userId: number, sessions: number): Promise<Visitor[]> {
  const { rows } = await client.query<{ id: number; name: string }>(
    `SELECT id, name FROM providers WHERE name LIKE 'app%' ORDER BY id`,
  );
  const visits = Array.from({ length: sessions }, (_, index) => ({
    token: randomBytes(32).toString('base64url'),
    sessionId: randomUUID(),
    provider: rows[index % rows.length] ?? { id: 0, name: '' },
  }));
  const later = `now() + interval '1 day'`;
  await client.query(
    `INSERT INTO sessions (id, token_hash, user_id, methods, authenticated_at, is_persistent, last_seen_at, expires_at)
     SELECT id, md5(id::text), $2, '{pwd}', now(), false, now(), ${later} FROM unnest($1::uuid[]) id`,
    [visits.map(({ sessionId }) => sessionId), userId],
  );
  await client.query(
    `INSERT INTO outpost_sessions (token_hash, session_id, provider_id, identity_token, expires_at)
     SELECT hash, id, provider, $4, ${later} FROM unnest($1::text[], $2::uuid[], $3::int[]) AS given (hash, id, provider)`,
    [
      visits.map(({ token }) => sha256Hex(token)),
      visits.map(({ sessionId }) => sessionId),
      visits.map(({ provider }) => provider.id),
      // Says nothing yet: whoever comes first gets a new one.
      new Vault(SECRET_KEY, []).seal(''),
    ],
  );
  return visits.map(({ token, provider: { id, name } }) => ({
    host: `${name}.bench.test`,
    cookie: `gatelodge_proxy_${id}=${token}`,
  }));
}

/** Header names and values in turn, without those that node:http adds by itself. */
async function headersFor(origin: string, visitor: Visitor | undefined): Promise<string[]> {
  const [line = '', ...fields] = checkOf(visitor?.host ?? '', visitor?.cookie).split('\r\n');
  const headers = Object.fromEntries(fields.map((field) => field.split(/: (.*)/s, 2)));
  for (;;) {
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) =>
      http.get(origin + line.split(' ')[1], { headers, agent: false }, resolve).on('error', reject),
    );
    answer.resume();
    if (answer.statusCode === 200) {
      const raw = answer.rawHeaders;
      return raw.filter(
        (_, index) => !['Date', 'Connection', 'Keep-Alive'].includes(raw[index - (index % 2)] ?? ''),
      );
    }
    await sleep(100);
  }
}
