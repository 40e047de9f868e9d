// The database, whichever engine is behind it: PostgreSQL at DATABASE_URL, or else PGlite in the data directory.
// `db` is for everything that people click, `sql` for what every request needs.
import type pg from 'pg';
import type { Logger } from 'pino';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { openEmbedded } from './embedded.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { MIGRATIONS_DIRECTORY, migrate, readMigrations } from './migration.ts';
import { createListener, openPostgres } from './postgres.ts';
import type { Sql } from './sql.ts';

export { isNotFound, isUniqueViolation } from './database-error.ts';
export type { Sql } from './sql.ts';

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
    const db = new PrismaClient({ adapter: engine.adapter });
    return {
      kind: 'postgres',
      db,
      sql: engine.sql,
      createListener: () => createListener(databaseUrl),
      ping: pingOf(engine.sql),
      close: closeAll(db, engine),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function openInDirectory(directory: string, log: Logger): Promise<Database> {
  const lock = await lockDirectory(directory);
  try {
    const engine = await openEmbedded(directory);
    await migrate(engine.session, readMigrations(MIGRATIONS_DIRECTORY), log);
    const db = new PrismaClient({ adapter: engine.adapter });
    const close = closeAll(db, engine, { close: () => lock.release() });
    return { kind: 'embedded', db, sql: engine.sql, lock, ping: pingOf(engine.sql), close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function pingOf(sql: Sql): () => Promise<void> {
  return async () => {
    await sql.query('select 1 as one');
  };
}

function closeAll(db: PrismaClient, ...parts: { close(): Promise<void> }[]): () => Promise<void> {
  return async () => {
    await db.$disconnect();
    for (const part of parts) await part.close();
  };
}
