// What the gate does while something breaks: PostgreSQL or Redis away, slow or silent, the process killed. All the while
// people ask who may pass, who may not, strangers, and holders of cookies that are worth nothing (any more); a 200 for one
// of these ends the run with an error. Figures for docs/reliability.md.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiOf } from '../test/support/api-client.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { hasPostgres, startPostgres } from '../test/support/postgres-server.ts';
import { hasRedis, startRedis } from '../test/support/redis-server.ts';
import { createTcpRelay, type TcpRelay } from '../test/support/tcp-relay.ts';
import { Connection } from './connection.ts';
import { fill, SECRET_KEY, warmUp } from './gate.ts';
import { AUTH, crowdOf, invite, openHouse } from './guests.ts';
import { ask, type Guest, watch } from './watch.ts';

const RECOVERED_WITHIN_MS = 60_000;

interface Options {
  readonly hosts: number;
  /** Beside those of the people who ask all the time; kept in PostgreSQL, and all in use when the first fault comes. */
  readonly sessions: number;
  /** How long each fault lasts. */
  readonly seconds: number;
}

interface Stage {
  readonly postgres: TcpRelay;
  readonly redis: TcpRelay;
  readonly guests: readonly Guest[];
  server: GatelodgeProcess;
  start(): Promise<GatelodgeProcess>;
}

interface Fault {
  readonly name: string;
  inject(stage: Stage): unknown;
  mend(stage: Stage): unknown;
}

// biome-ignore format: a table
const FAULTS: readonly Fault[] = [
  { name: 'none',                  inject: () => {},                           mend: () => {} },
  { name: 'PostgreSQL away',       inject: ({ postgres }) => postgres.cut(),   mend: ({ postgres }) => postgres.mend() },
  { name: 'PostgreSQL 5 s slow',   inject: ({ postgres }) => postgres.slow(5000), mend: ({ postgres }) => postgres.slow(0) },
  { name: 'Redis away',            inject: ({ redis }) => redis.cut(),         mend: ({ redis }) => redis.mend() },
  { name: 'Redis 5 s slow',        inject: ({ redis }) => redis.slow(5000),    mend: ({ redis }) => redis.slow(0) },
  { name: 'both 5 s slow',         inject: (stage) => slowAll(stage, 5000),    mend: (stage) => slowAll(stage, 0) },
  { name: 'kill -9, started again', inject: restart, mend: () => {} },
];

async function restart(stage: Stage): Promise<void> {
  await stage.server.end('SIGKILL');
  stage.server = await stage.start();
}

function slowAll({ postgres, redis }: Stage, milliseconds: number): void {
  for (const relay of [postgres, redis]) relay.slow(milliseconds);
}

/** Prints a table for each set of stores; throws when somebody passed who should not, or when it does not recover. */
export async function benchFaults(options: Options): Promise<void> {
  if (!hasPostgres() || !hasRedis()) return console.log('\nfaults: skipped, PostgreSQL or Redis is missing');
  const [postgres, redis] = [await startPostgres(), await startRedis()];
  try {
    for (const hasSessionsInRedis of [false, true]) {
      const relays = {
        postgres: await createTcpRelay(await postgres.createDatabase('migrated')),
        redis: await createTcpRelay(await redis.createDatabase()),
      };
      await runAll(relays, hasSessionsInRedis, options);
    }
  } finally {
    await redis.stop();
    await postgres.stop();
  }
}

async function runAll(
  relays: Pick<Stage, 'postgres' | 'redis'>,
  hasSessionsInRedis: boolean,
  options: Options,
): Promise<void> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'gatelodge-bench-'));
  for (const relay of Object.values(relays)) await relay.mend();
  const stage = await prepare(relays, hasSessionsInRedis, dataDirectory, options);
  const rows: object[] = [];
  try {
    for (const fault of FAULTS) {
      if (hasSessionsInRedis || !/Redis|both/.test(fault.name))
        rows.push(...(await run(fault, stage, options)));
    }
  } finally {
    await stage.server.end('SIGTERM');
  }
  const stores = hasSessionsInRedis
    ? 'sessions in Redis'
    : `sessions in PostgreSQL, ${options.sessions} of them`;
  console.log(`\nfaults, each for ${options.seconds} s (${stores}; ${options.hosts} applications)`);
  console.table(rows);
  for (const relay of Object.values(relays)) await relay.cut();
  await rm(dataDirectory, { recursive: true, force: true });
}

/** A row for each guest while it is broken, and how long it took from mending until the first was let in again. */
async function run(fault: Fault, stage: Stage, { seconds }: Options): Promise<object[]> {
  const { origin } = stage.server;
  const watching = watch(origin, stage.guests);
  await fault.inject(stage);
  await sleep(seconds * 1000);
  const seen = await watching.end();
  const mendedAt = performance.now();
  await fault.mend(stage);
  for (const guest of stage.guests.filter(({ mayPass }) => mayPass)) await untilLetIn(origin, guest);
  const recoveredMs = performance.now() - mendedAt;
  return [...seen].map(([{ name }, { statuses, slowestMs }]) => ({
    fault: fault.name,
    guest: name,
    answers: [...statuses].map(([status, count]) => `${status}: ${count}`).join(', '),
    'slowest ms': slowestMs.toFixed(0),
    'recovered after ms': recoveredMs.toFixed(0),
  }));
}

async function untilLetIn(origin: string, guest: Guest): Promise<void> {
  for (const giveUpAt = performance.now() + RECOVERED_WITHIN_MS; ; await sleep(20)) {
    const connection = new Connection(origin);
    const status = await ask(connection, guest).catch(() => 0);
    connection.close();
    if (status === 200) return;
    if (performance.now() > giveUpAt)
      throw new Error(`${guest.name} is answered with ${status} for a minute`);
  }
}

async function prepare(
  relays: Pick<Stage, 'postgres' | 'redis'>,
  hasSessionsInRedis: boolean,
  dataDirectory: string,
  size: Options,
): Promise<Stage> {
  const token = randomBytes(32).toString('base64url');
  const port = await findFreePort();
  const environment = {
    DATABASE_URL: relays.postgres.url,
    GATELODGE_SECRET_KEY: SECRET_KEY,
    ...(hasSessionsInRedis && { REDIS_URL: relays.redis.url }),
    GATELODGE_BOOTSTRAP_TOKEN: token,
    GATELODGE_URL: AUTH,
    GATELODGE_LOG_LEVEL: 'fatal',
  };
  const start = async () => {
    const server = await startGatelodgeProcess({ dataDirectory, port, environment });
    await server.untilReady();
    return server;
  };
  const first = await start();
  const api = apiOf(first.origin, token);
  const userId = await openHouse(api);
  await first.end('SIGTERM');
  const visitors = await fill(relays.postgres.url, userId, size);
  const server = await start();
  const guests = await invite(server.origin, token);
  if (!hasSessionsInRedis) {
    await warmUp({ origin: server.origin, visitors });
    guests.push(crowdOf(visitors));
  }
  return { ...relays, guests, server, start };
}
