// The schema's history: what is applied, what is refused, and that a failure leaves the old database as it was.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { diffMigrationsToSchema } from '../../../scripts/schema-engine.ts';
import { DatabaseFault } from '../../../src/platform/database/database-fault.ts';
import { type Migration, migrate, readMigrations } from '../../../src/platform/database/migration.ts';
import type { SqlSession } from '../../../src/platform/database/sql.ts';

const silent = pino({ level: 'silent' });

const PEOPLE = 'create table people (id int primary key, name text); insert into people values (1, $$a;b$$);';
const EMAIL = 'alter table people add column email text;';

describe('the migrations in prisma/migrations', () => {
  it('lead exactly to the schema in prisma/schema', async () => {
    expect(await diffMigrationsToSchema()).toBe('');
  });
});

describe('migrate', () => {
  let pglite: PGlite;
  let session: SqlSession;
  let directory: string;

  beforeAll(async () => {
    pglite = await PGlite.create();
    session = {
      query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
        (await pglite.query<Row>(text, [...values])).rows,
      execute: async (script) => {
        await pglite.exec(script);
      },
    };
  });

  beforeEach(async () => {
    await pglite.exec('drop schema public cascade; create schema public');
    directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-migrations-'));
  });

  afterAll(() => pglite.close());

  /** Migrations 001, 002 … from files, as the program reads them. */
  function history(...scripts: string[]): Migration[] {
    scripts.forEach((script, index) => {
      const folder = path.join(directory, `2026010100000${index + 1}_step`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'migration.sql'), script);
    });
    const migrations = readMigrations(directory);
    rmSync(directory, { recursive: true });
    return migrations;
  }

  const tables = async () => {
    const rows = await session.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
    );
    return rows.map((row) => row.name);
  };

  it('applies all of them to an empty database, and none the second time', async () => {
    const migrations = history(PEOPLE, EMAIL);
    expect(await migrate(session, migrations, silent)).toEqual(migrations.map(({ name }) => name));
    expect(await session.query('select * from people')).toEqual([{ id: 1, name: 'a;b', email: null }]);
    expect(await migrate(session, migrations, silent)).toEqual([]);
  });

  it('goes from an old version to a new one over all that lie between', async () => {
    const migrations = history(PEOPLE, EMAIL, 'create table pets (id int)');
    await migrate(session, migrations.slice(0, 1), silent);
    expect(await migrate(session, migrations, silent)).toHaveLength(2);
    expect(await tables()).toEqual(['_prisma_migrations', 'people', 'pets']);
  });

  it('undoes the whole of one that fails, keeps those before it, and can be tried again', async () => {
    const broken = history(PEOPLE, 'create table pets (id int); insert into pets values (1 / 0);');
    const failing = migrate(session, broken, silent);
    await expect(failing).rejects.toThrow(/20260101000002_step failed, and was undone: division by zero/);
    expect(await tables()).toEqual(['_prisma_migrations', 'people']);

    const mended = [...broken.slice(0, 1), ...history('', 'create table pets (id int)').slice(1)];
    expect(await migrate(session, mended, silent)).toEqual(['20260101000002_step']);
  });

  it('refuses a database that is newer than the program, before touching anything', async () => {
    const migrations = history(PEOPLE, EMAIL);
    await migrate(session, migrations, silent);
    const older = [...migrations.slice(0, 1), ...history('create table mine (id int)')];
    const refused = migrate(session, older, silent);
    await expect(refused).rejects.toThrow(DatabaseFault);
    await expect(refused).rejects.toThrow(/newer than this Gatelodge.*20260101000002_step/);
    expect(await tables()).toEqual(['_prisma_migrations', 'people']);
  });

  it('notes one that was edited after it had been applied, and goes on', async () => {
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => lines.push(line) });
    await migrate(session, history(PEOPLE), silent);
    expect(await migrate(session, history(`${PEOPLE} -- edited`), log)).toEqual([]);
    expect(lines.join()).toContain('migration was edited after it had been applied');
  });

  it('refuses one that Prisma began and did not finish', async () => {
    const migrations = history(PEOPLE);
    await migrate(session, migrations, silent);
    await session.execute('update _prisma_migrations set finished_at = null');
    await expect(migrate(session, migrations, silent)).rejects.toThrow(/did not finish/);
  });
});
