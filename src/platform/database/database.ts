// The database, whichever engine is behind it: PostgreSQL at DATABASE_URL, or else PGlite in the data directory.
// `db` is for everything that people click, `sql` for what every request needs.
import type pg from 'pg';
import type { Logger } from 'pino';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { type EmbeddedEngine, openEmbedded } from './embedded.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { MIGRATIONS_DIRECTORY, migrate, readMigrations } from './migration.ts';
import { createListener, openPostgres, type PostgresEngine } from './postgres.ts';
import { guardRoom, refuseWithoutRoom } from './room.ts';
import type { Sql } from './sql.ts';

export { isNotFound, isUniqueViolation } from './database-error.ts';
export type { Sql } from './sql.ts';

/** Milliseconds. The embedded engine has one connection, so a transaction may have to wait for its turn. */
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 20_000 };

/** What rules take first: the client, or the transaction that the caller has begun. */
export type Db = PrismaClient | Prisma.TransactionClient;

/** An open, migrated database. */
export interface Database {
  readonly kind: 'postgres' | 'embedded';
  readonly db: PrismaClient;
  readonly sql: Sql;
  /** Held on the data directory of the embedded engine. */
  readonly lock?: DirectoryLock;
  /** Makes a connection that can hear PostgreSQL's notifications; the embedded engine has nobody to hear. */
  readonly createListener?: () => pg.Client;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Where the database is (config.ts). */
export interface DatabaseLocation {
  readonly databaseUrl?: string | undefined;
  readonly dataDirectory: string;
}

/** Opens and migrates the database; throws a DatabaseFault, in words, when it cannot be used. */
export function openDatabase(location: DatabaseLocation, log: Logger): Promise<Database> {
  const { databaseUrl, dataDirectory } = location;
  return databaseUrl ? openExternal(databaseUrl, log) : openInDirectory(dataDirectory, log);
}

async function openExternal(databaseUrl: string, log: Logger): Promise<Database> {
  const engine = await openPostgres(databaseUrl, log);
  try {
    await engine.withSession((session) => migrate(session, readMigrations(MIGRATIONS_DIRECTORY), log));
    return {
      kind: 'postgres',
      ...clientsOf(engine),
      createListener: () => createListener(databaseUrl),
      close: () => engine.close(),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function openInDirectory(directory: string, log: Logger): Promise<Database> {
  const lock = await lockDirectory(directory);
  let engine: EmbeddedEngine | undefined;
  let guard: ReturnType<typeof guardRoom> | undefined;
  const close = async () => {
    guard?.stop();
    await engine?.close();
    await lock.release();
  };
  try {
    await refuseWithoutRoom(directory);
    engine = await openEmbedded(directory);
    await migrate(engine.session, readMigrations(MIGRATIONS_DIRECTORY), log);
    guard = guardRoom(directory, engine.session, log);
    return { kind: 'embedded', ...clientsOf(engine), lock, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function clientsOf({ adapter, sql }: PostgresEngine | EmbeddedEngine): Pick<Database, 'db' | 'sql' | 'ping'> {
  const db = new PrismaClient({ adapter, transactionOptions: TRANSACTION_LIMITS });
  const ping = async () => {
    await sql.query('select 1 as one');
  };
  return { db, sql, ping };
}
