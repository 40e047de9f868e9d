// Forward auth against a bare node:http server with the same headers, in interleaved rounds: authenticated and anonymous
// `auth/nginx`, with few and many hosts and sessions. Sessions and hosts are written straight into PostgreSQL.
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sha256Hex } from '../src/platform/crypto/digest.ts';
import { apiOf, createPerson } from '../test/support/api-client.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { hasPostgres, startPostgres } from '../test/support/postgres-server.ts';
import { PINNED } from './contender.ts';
import { benchPerson } from './fixture.ts';
import { runLoad } from './load.ts';
import { cpuSeconds, median } from './measure.ts';

const CONNECTIONS = 64;
const WARM_UP_MS = 1000;
const HOST = 'app0.bench.test';
const CHECK = `GET /outpost.goauthentik.io/auth/nginx HTTP/1.1\r\nHost: ${HOST}\r\nX-Original-URL: https://${HOST}/films?page=2\r\nAccept: text/html\r\nUser-Agent: bench`;

interface Server {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  readonly cookies: readonly string[];
  end(): Promise<unknown>;
}

interface Round {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Prints the tables; nothing where PostgreSQL is not installed. */
export async function benchOutpost({
  rounds,
  milliseconds,
}: {
  rounds: number;
  milliseconds: number;
}): Promise<void> {
  if (!hasPostgres()) return console.log('\noutpost: skipped, PostgreSQL is not installed');
  const postgres = await startPostgres();
  const servers: Server[] = [];
  try {
    const small = await startOutpost(
      'Gatelodge, 10 hosts, 64 sessions',
      await postgres.createDatabase('migrated'),
      10,
      64,
    );
    servers.push(small);
    servers.push(
      await startOutpost(
        'Gatelodge, 5,000 hosts, 100,000 sessions',
        await postgres.createDatabase('migrated'),
        5000,
        100_000,
      ),
    );
    servers.unshift(await startBare(small));
    for (const server of servers) await warmUp(server);
    await printRounds('auth/nginx, signed in', servers, 200, rounds, milliseconds);
    await printRounds('auth/nginx, anonymous', servers, 401, rounds, milliseconds);
  } finally {
    for (const server of servers) await server.end();
    await postgres.stop();
  }
}

async function printRounds(
  title: string,
  servers: readonly Server[],
  status: 200 | 401,
  rounds: number,
  milliseconds: number,
) {
  const results = new Map<Server, Round[]>(servers.map((server) => [server, []]));
  for (const server of servers) await runRound(server, status, milliseconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const server of servers) results.get(server)?.push(await runRound(server, status, milliseconds));
  }
  const [bare] = results.values();
  console.log(
    `\n${title} (${rounds} rounds, ${CONNECTIONS} connections; servers run under: ${PINNED.join(' ') || 'nothing'})`,
  );
  console.table(
    [...results].map(([{ name }, own]) => {
      const of = (read: (round: Round) => number) => median(own.map(read));
      const ratio = (read: (round: Round) => number) =>
        median(own.map((round, index) => read(round) / read(bare?.[index] ?? round))).toFixed(2);
      return {
        server: name,
        'requests/s': of((round) => round.perSecond).toFixed(0),
        'CPU µs': of((round) => round.cpuMicroseconds).toFixed(1),
        'p50 ms': of((round) => round.p50Ms).toFixed(2),
        'p99 ms': of((round) => round.p99Ms).toFixed(2),
        'speed ÷ bare': ratio((round) => round.perSecond),
        'CPU ÷ bare': ratio((round) => round.cpuMicroseconds),
        'p99 ÷ bare': ratio((round) => round.p99Ms),
      };
    }),
  );
}

/** Asks for every session once, so that what is measured is warm. */
async function warmUp({ origin, cookies }: Server): Promise<void> {
  const requests = (connection: number) => requestsOf(cookies, connection);
  for (let asked = 0; asked < cookies.length; ) {
    const load = {
      origin,
      connections: CONNECTIONS,
      milliseconds: WARM_UP_MS,
      requests,
      expectedStatus: 200,
    };
    asked += (await runLoad({ ...load, first: Math.floor(asked / CONNECTIONS) })).count;
  }
}

async function runRound(
  { origin, pid, cookies }: Server,
  status: 200 | 401,
  milliseconds: number,
): Promise<Round> {
  const before = await cpuSeconds(pid);
  const requests = (connection: number) => (status === 401 ? [CHECK] : requestsOf(cookies, connection));
  const result = await runLoad({
    origin,
    connections: CONNECTIONS,
    milliseconds,
    requests,
    expectedStatus: status,
  });
  const cpu = (await cpuSeconds(pid)) - before;
  return { ...result, cpuMicroseconds: (cpu / result.count) * 1e6 };
}

function requestsOf(cookies: readonly string[], connection: number): string[] {
  const own = cookies.filter((_, index) => index % CONNECTIONS === connection);
  return own.map((cookie) => `${CHECK}\r\nCookie: ${cookie}`);
}

async function startOutpost(
  name: string,
  databaseUrl: string,
  hosts: number,
  sessions: number,
): Promise<Server> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'gatelodge-bench-'));
  const token = randomBytes(32).toString('base64url');
  const port = await findFreePort();
  const environment = {
    DATABASE_URL: databaseUrl,
    GATELODGE_BOOTSTRAP_TOKEN: token,
    GATELODGE_URL: 'https://auth.bench.test',
  };
  const start = async (): Promise<GatelodgeProcess> => {
    const server = await startGatelodgeProcess({ dataDirectory, port, environment, under: PINNED });
    await server.untilReady();
    return server;
  };
  const first = await start();
  const userId = await createPerson(apiOf(first.origin, token), { ...benchPerson, ...benchPerson.claims });
  await first.end('SIGTERM');
  const cookies = await fill(databaseUrl, userId, hosts, sessions);
  const server = await start();
  // Only as many distinct sessions are asked for as the client can hold; the others wait in the database.
  const asked = cookies.slice(0, 20_000);
  const { pid, origin } = server;
  const end = async () => {
    await server.end('SIGTERM');
    await rm(dataDirectory, { recursive: true, force: true });
  };
  return { name, origin, pid, cookies: asked, end };
}

/** Applications app0.bench.test …, and sessions at the first of them; returns their cookies. */
async function fill(databaseUrl: string, userId: number, hosts: number, sessions: number): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const names = Array.from({ length: hosts }, (_, index) => `app${index}`);
  await client.query(
    `WITH p AS (INSERT INTO providers (type, name, updated_at) SELECT 'proxy', name, now() FROM unnest($1::text[]) name RETURNING id, name),
          x AS (INSERT INTO proxy_providers (provider_id, external_host) SELECT id, 'https://' || name || '.bench.test' FROM p)
     INSERT INTO applications (id, slug, name, provider_id, updated_at) SELECT gen_random_uuid(), name, name, id, now() FROM p`,
    [names],
  );
  const { rows } = await client.query<{ id: number }>(`SELECT id FROM providers WHERE name = 'app0'`);
  const providerId = rows[0]?.id ?? 0;
  const tokens = Array.from({ length: sessions }, () => randomBytes(32).toString('base64url'));
  const ids = tokens.map(() => randomUUID());
  const later = `now() + interval '1 day'`;
  await client.query(
    `INSERT INTO sessions (id, token_hash, user_id, methods, authenticated_at, is_persistent, last_seen_at, expires_at)
     SELECT id, md5(id::text), $2, '{pwd}', now(), false, now(), ${later} FROM unnest($1::uuid[]) id`,
    [ids, userId],
  );
  await client.query(
    `INSERT INTO outpost_sessions (token_hash, session_id, provider_id, identity_token, expires_at)
     SELECT hash, id, $3, '', ${later} FROM unnest($1::text[], $2::uuid[]) AS given (hash, id)`,
    [tokens.map(sha256Hex), ids, providerId],
  );
  await client.end();
  return tokens.map((token) => `gatelodge_proxy_${providerId}=${token}`);
}

/** A bare server that answers with what the given one answers. */
async function startBare({ origin, cookies }: Server): Promise<Server> {
  const headers = await headersOf(origin, cookies[0] ?? '');
  const script = path.join(import.meta.dirname, 'bare-answer.ts');
  const [file = process.execPath, ...args] = [...PINNED, process.execPath, script, JSON.stringify(headers)];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(child.stdout, 'data');
  const end = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { name: 'bare node:http', origin: String(line).trim(), pid: child.pid ?? 0, cookies, end };
}

/** Header names and values in turn, without those that node:http adds by itself. */
async function headersOf(origin: string, cookie: string): Promise<string[]> {
  const [line = '', ...fields] = CHECK.split('\r\n');
  const headers = Object.fromEntries(
    [...fields, `Cookie: ${cookie}`].map((field) => field.split(/: (.*)/s, 2)),
  );
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
