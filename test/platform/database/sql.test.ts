// One dialect over two engines: what plain SQL and Prisma give back must be the same.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import {
  type Database,
  isNotFound,
  isUniqueViolation,
  openDatabase,
} from '../../../src/platform/database/database.ts';
import { everyBackend } from '../../support/backends.ts';
import { createDataDirectory, createPostgresDatabase, removeDataDirectory } from '../../support/services.ts';

const log = pino({ level: 'silent' });
const MOMENT = new Date('2026-03-29T01:30:00.123Z');

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

everyBackend('the database', ({ database: kind }) => {
  let database: Database;
  let dataDirectory: string;

  beforeAll(async () => {
    dataDirectory = await createDataDirectory(kind === 'embedded' ? 'migrated' : 'empty');
    const databaseUrl = kind === 'postgres' ? await createPostgresDatabase() : undefined;
    database = await openDatabase({ databaseUrl, dataDirectory }, log);
  });

  afterAll(async () => {
    await database.close();
    removeDataDirectory(dataDirectory);
  });

  const lockout = (key: string) => ({ key, lastFailedAt: MOMENT });

  it('answers a ping', async () => {
    await expect(database.ping()).resolves.toBeUndefined();
    expect(database.kind).toBe(kind);
  });

  it('gives back dates, json, arrays and numbers as values', async () => {
    const [row] = await database.sql.query(
      'select $1::timestamptz as moment, $2::jsonb as json, $3::text[] as list, 7 as number, null as nothing',
      [MOMENT, JSON.stringify({ deep: [1, 'two'] }), ['a', 'b "quoted"']],
    );
    expect(row).toEqual({
      moment: MOMENT,
      json: { deep: [1, 'two'] },
      list: ['a', 'b "quoted"'],
      number: 7,
      nothing: null,
    });
  });

  it('reads by SQL the very moment that Prisma wrote, and the other way round', async () => {
    await database.db.lockout.create({ data: lockout('moment:prisma') });
    await database.sql.query('insert into lockouts (key, last_failed_at) values ($1, $2)', [
      'moment:sql',
      MOMENT,
    ]);
    const bySql = await database.sql.query('select last_failed_at as "lastFailedAt" from lockouts');
    const byPrisma = await database.db.lockout.findMany({ select: { lastFailedAt: true } });
    expect(bySql).toEqual([{ lastFailedAt: MOMENT }, { lastFailedAt: MOMENT }]);
    expect(byPrisma).toEqual(bySql);
  });

  it('tells a taken value from other faults, however it was written', async () => {
    const write = () => database.db.lockout.create({ data: lockout('taken') });
    const writeBySql = () =>
      database.sql.query('insert into lockouts (key, last_failed_at) values ($1, now())', ['taken']);
    await write();
    expect(isUniqueViolation(await faultOf(write()))).toBe(true);
    expect(isUniqueViolation(await faultOf(writeBySql()))).toBe(true);
    expect(isUniqueViolation(await faultOf(database.sql.query('select 1 from nowhere')))).toBe(false);
  });

  it('tells that a row to change is not there', async () => {
    const change = database.db.lockout.update({ where: { key: 'absent' }, data: { failures: 1 } });
    expect(isNotFound(await faultOf(change))).toBe(true);
  });

  it('leaves nothing of a transaction that failed', async () => {
    const failing = database.db.$transaction(async (tx) => {
      await tx.lockout.create({ data: lockout('rolled-back') });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await database.db.lockout.findUnique({ where: { key: 'rolled-back' } })).toBeNull();
  });

  it('lets one of many parallel writers win, and goes on', async () => {
    const attempts = Array.from({ length: 20 }, () =>
      database.db.$transaction((tx) => tx.lockout.create({ data: lockout('contended') })),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    await expect(database.ping()).resolves.toBeUndefined();
  });
});
