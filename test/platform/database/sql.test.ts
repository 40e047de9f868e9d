// One dialect over two engines: what plain SQL and Prisma give back must be the same.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import {
  type Database,
  isNotFound,
  isUniqueViolation,
  openDatabase,
} from '../../../src/platform/database/database.ts';
import { createDataDirectory, createPostgresDatabase, removeDataDirectory } from '../../support/services.ts';

const log = pino({ level: 'silent' });

describe.each(['embedded', 'postgres'] as const)('the %s database', (kind) => {
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

  it('answers a ping', async () => {
    await expect(database.ping()).resolves.toBeUndefined();
    expect(database.kind).toBe(kind);
  });
});
