// An external PostgreSQL: one pool for Prisma and for plain SQL. Faults at the first connection are put in words;
// a server that is only starting (compose, a reboot) is waited for.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { codeOf, isUnreachable } from './database-error.ts';
import { DatabaseFault } from './database-fault.ts';
import { SequentialPg } from './sequential-adapter.ts';
import type { Sql, SqlSession } from './sql.ts';

const OLDEST_MAJOR = 14;
const PATIENCE_SECONDS = 60;
const DEFAULT_POOL_SIZE = 10;

const CONNECTION: pg.ClientConfig = {
  application_name: 'gatelodge',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
};

const POOL: pg.PoolConfig = {
  ...CONNECTION,
  idleTimeoutMillis: 30_000,
  statement_timeout: 15_000,
  // For a server that has vanished without a word: it cannot cancel anything itself.
  query_timeout: 20_000,
  idle_in_transaction_session_timeout: 30_000,
};

/** The external engine. */
export interface PostgresEngine {
  readonly adapter: SequentialPg;
  readonly sql: Sql;
  /** Lends a connection outside the pool, without a statement timeout. */
  withSession<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Opens the pool once the server answers; throws a DatabaseFault when it refuses us or stays away for a minute. */
export async function openPostgres(databaseUrl: string, log: Logger): Promise<PostgresEngine> {
  const connectionString = inUtc(databaseUrl);
  await waitForServer(connectionString, log);
  const pool = new pg.Pool({ ...POOL, connectionString, max: poolSize(databaseUrl) });
  // An idle connection that breaks is replaced at the next use; unheard, its error would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'database connection lost'));
  return {
    adapter: new SequentialPg(pool),
    sql: preparedSql(pool),
    withSession: (work) => withSession(connectionString, work),
    close: () => pool.end(),
  };
}

/** Makes a connection of its own for a subscriber that stays connected. */
export function createListener(databaseUrl: string): pg.Client {
  return new pg.Client({ ...CONNECTION, connectionString: inUtc(databaseUrl) });
}

/** Prisma's adapter drops the time zone of what it reads, so every connection must speak UTC. */
function inUtc(databaseUrl: string): string {
  const [base, query] = databaseUrl.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('options', `${parameters.get('options') ?? ''} -c timezone=UTC`.trim());
  return `${base}?${parameters}`;
}

/** `?connection_limit=` of the URL, as Prisma's users know it. */
function poolSize(databaseUrl: string): number {
  const given = Number(new URLSearchParams(databaseUrl.split('?', 2)[1]).get('connection_limit'));
  return Number.isInteger(given) && given > 0 ? given : DEFAULT_POOL_SIZE;
}

/** Each text is prepared once per connection, under a name made from it. */
function preparedSql(pool: pg.Pool): Sql {
  const names = new Map<string, string>();
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const name = names.get(text) ?? createHash('sha256').update(text).digest('hex').slice(0, 32);
      names.set(text, name);
      return (await pool.query<Row>({ name, text, values: [...values] })).rows;
    },
  };
}

async function withSession<Result>(
  connectionString: string,
  work: (session: SqlSession) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ ...CONNECTION, connectionString });
  client.on('error', () => {}); // A lost connection also rejects the statement that waits for it.
  await client.connect();
  try {
    return await work({
      query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
        (await client.query<Row>(text, [...values])).rows,
      execute: async (script) => {
        await client.query(script);
      },
    });
  } finally {
    await client.end();
  }
}

async function waitForServer(connectionString: string, log: Logger): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    try {
      return await withSession(connectionString, refuseOldServer);
    } catch (error) {
      if (!isUnreachable(error)) throw inWords(error);
      if (Date.now() >= giveUpAt) throw inWords(error);
      log.warn({ reason: reasonOf(error) }, 'PostgreSQL does not answer yet; trying again');
      await sleep(1_000);
    }
  }
}

async function refuseOldServer(session: SqlSession): Promise<void> {
  const [row] = await session.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  );
  const major = Math.floor((row?.version ?? 0) / 10_000);
  if (major >= OLDEST_MAJOR) return;
  throw new DatabaseFault(
    `PostgreSQL ${major} is too old: Gatelodge needs version ${OLDEST_MAJOR} or newer.`,
  );
}

function inWords(error: unknown): unknown {
  if (error instanceof DatabaseFault) return error;
  const reason = reasonOf(error);
  const advice = {
    '28P01': 'PostgreSQL refused the password in DATABASE_URL',
    '28000': 'PostgreSQL refused the user in DATABASE_URL',
    '3D000': 'The database named in DATABASE_URL does not exist; create it first',
  }[codeOf(error) ?? ''];
  if (advice) return new DatabaseFault(`${advice}: ${reason}`, { cause: error });
  return new DatabaseFault(`PostgreSQL does not answer at DATABASE_URL: ${reason}`, { cause: error });
}

/** The URL, which holds the password, is in none of these messages. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
