// Applies prisma/migrations/*/migration.sql at start and records them as `prisma migrate deploy` does, so that both
// agree afterwards. Scripts go through the driver as they stand: Prisma's adapter would cut them at every semicolon.
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { DatabaseFault } from './database-fault.ts';
import type { SqlSession } from './sql.ts';

/** The advisory lock that Prisma Migrate takes on PostgreSQL. */
const ADVISORY_LOCK = 72707369;

const HISTORY_TABLE = `
  create table if not exists _prisma_migrations (
    id                  varchar(36)  primary key not null,
    checksum            varchar(64)  not null,
    finished_at         timestamptz,
    migration_name      varchar(255) not null,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz  not null default now(),
    applied_steps_count integer      not null default 0
  )`;

/** The migrations of this version of the program. */
export const MIGRATIONS_DIRECTORY = path.resolve(import.meta.dirname, '../../../prisma/migrations');

/** One step of the schema's history; names start with a timestamp, so they sort by age. */
export interface Migration {
  readonly name: string;
  readonly script: string;
  readonly checksum: string;
}

interface HistoryRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/** Reads the migrations in a directory, oldest first. */
export function readMigrations(directory: string): Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const script = readFileSync(path.join(directory, name, 'migration.sql'), 'utf8');
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Brings the database up to the given migrations, each in one transaction, and returns the names of those applied.
 * Throws a DatabaseFault, with the database as it was, when it is newer than the program or a script fails.
 */
export async function migrate(
  session: SqlSession,
  migrations: readonly Migration[],
  log: Logger,
): Promise<string[]> {
  // Replicas that start together take turns; the later ones find nothing left to do.
  await session.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
  try {
    const history = await readHistory(session);
    refuseNewer(history, migrations);
    const pending = migrations.filter((migration) => !isApplied(migration, history, log));
    if (pending.length > 0) await session.execute(HISTORY_TABLE);
    for (const migration of pending) {
      await apply(session, migration);
      log.info({ migration: migration.name }, 'migration applied');
    }
    return pending.map((migration) => migration.name);
  } finally {
    await session.query('select pg_advisory_unlock($1)', [ADVISORY_LOCK]);
  }
}

async function readHistory(session: SqlSession): Promise<HistoryRow[]> {
  const [found] = await session.query<{ exists: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as exists`,
  );
  if (!found?.exists) return [];
  return session.query<HistoryRow>(
    'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null',
  );
}

function refuseNewer(history: readonly HistoryRow[], migrations: readonly Migration[]): void {
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = history.find((row) => !known.has(row.migration_name));
  if (!unknown) return;
  throw new DatabaseFault(
    `The database is newer than this Gatelodge: it holds the migration ${unknown.migration_name}, which is unknown ` +
      'here. Nothing was changed. Start the newer version again, or restore a backup made by this one.',
  );
}

function isApplied(migration: Migration, history: readonly HistoryRow[], log: Logger): boolean {
  const row = history.find((applied) => applied.migration_name === migration.name);
  if (!row) return false;
  if (!row.finished_at) {
    throw new DatabaseFault(
      `The migration ${migration.name} was begun by Prisma's command line and did not finish. ` +
        'Resolve it with `prisma migrate resolve`, or restore a backup.',
    );
  }
  if (row.checksum !== migration.checksum) {
    log.warn({ migration: migration.name }, 'migration was edited after it had been applied');
  }
  return true;
}

/** The script and its row stand or fall together, so a crash leaves neither behind. */
async function apply(session: SqlSession, { name, script, checksum }: Migration): Promise<void> {
  try {
    await session.execute('begin');
    await session.execute(script);
    await session.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await session.execute('commit');
  } catch (cause) {
    await session.execute('rollback');
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseFault(`The migration ${name} failed, and was undone: ${reason}`, { cause });
  }
}
