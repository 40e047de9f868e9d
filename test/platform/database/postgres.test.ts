// An external PostgreSQL: several processes at once, faults in words, a server that comes up later or goes away.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { openDatabase } from '../../../src/platform/database/database.ts';
import { isUnreachable } from '../../../src/platform/database/database-error.ts';
import { DatabaseFault } from '../../../src/platform/database/database-fault.ts';
import { runChild } from '../../support/child.ts';
import { createPostgresDatabase } from '../../support/services.ts';
import { createTcpRelay } from '../../support/tcp-relay.ts';

const CROWDED = path.join(import.meta.dirname, 'crowded-connection.ts');
const log = pino({ level: 'silent' });
const open = (databaseUrl: string) => openDatabase({ databaseUrl, dataDirectory: '/nonexistent' }, log);
const isUnreachableFault = (work: Promise<unknown>) => work.then(() => false, isUnreachable);

describe('PostgreSQL at DATABASE_URL', () => {
  let url: string;

  beforeAll(async () => {
    url = await createPostgresDatabase('empty');
  });

  it('is migrated once when several processes start together', async () => {
    const databases = await Promise.all([open(url), open(url), open(url)]);
    const names = await databases[0]?.sql.query('select migration_name from _prisma_migrations');
    expect(new Set(names?.map((row) => JSON.stringify(row))).size).toBe(names?.length);
    for (const database of databases) await database.close();
  });

  it('is spoken to in UTC, whatever zone it is set to', async () => {
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`alter database ${admin.database} set timezone to 'Asia/Tokyo'`);
    await admin.end();
    const database = await open(`${url}?options=-c%20geqo%3Doff&connection_limit=2`);
    const settings = `select current_setting('TimeZone') as zone, current_setting('geqo') as geqo`;
    expect(await database.sql.query(settings)).toEqual([{ zone: 'UTC', geqo: 'off' }]);
    await database.close();
  });

  it.each([
    ['its password is wrong', { password: 'wrong' }, 'PostgreSQL refused the password in DATABASE_URL'],
    [
      'its database does not exist',
      { pathname: '/nowhere' },
      'The database named in DATABASE_URL does not exist',
    ],
  ])('is refused in words that keep the password to themselves when %s', async (_case, change, words) => {
    const wrong = Object.assign(new URL(url), change);
    const fault: unknown = await open(wrong.href).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(DatabaseFault);
    expect(String(fault)).toContain(words);
    expect(String(fault)).not.toContain(new URL(url).password);
  });

  it.each(['transaction', 'readiness probe'])(
    'is asked one thing after the other on the connection of a %s',
    async (subject) => {
      const child = runChild(CROWDED, url, subject);
      expect(await child.nextLine()).toBe('[]');
      await child.kill();
    },
  );

  it('is waited for when it comes up later', async () => {
    const relay = await createTcpRelay(url);
    const opening = open(relay.url);
    await sleep(1_200);
    await relay.mend();
    const database = await opening;
    await expect(database.ping()).resolves.toBeUndefined();
    await database.close();
    await relay.cut();
  });

  it('is known to be away while it is, and used again when it is back', async () => {
    const relay = await createTcpRelay(url);
    await relay.mend();
    const database = await open(relay.url);
    await database.db.user.count();
    await relay.cut();
    expect(await isUnreachableFault(database.ping())).toBe(true);
    expect(await isUnreachableFault(database.db.user.count())).toBe(true);
    expect(await isUnreachableFault(database.db.$transaction((tx) => tx.user.count()))).toBe(true);
    await relay.mend();
    expect(await database.db.user.count()).toBe(0);
    expect(await isUnreachableFault(database.sql.query('select 1 from nowhere'))).toBe(false);
    await database.close();
    await relay.cut();
  });
});
