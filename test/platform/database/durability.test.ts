// What was acknowledged is there after kill -9, at any moment: while rows are written, and during the first start.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { openDatabase } from '../../../src/platform/database/database.ts';
import { runChild } from '../../support/child.ts';
import { createDataDirectory, removeDataDirectory } from '../../support/services.ts';

const WRITER = path.join(import.meta.dirname, 'row-writer.ts');
const ROUNDS = 6;
const log = pino({ level: 'silent' });

describe('the embedded database under kill -9', () => {
  let dataDirectory: string;

  afterEach(() => removeDataDirectory(dataDirectory));

  async function storedRows(): Promise<number> {
    const database = await openDatabase({ dataDirectory }, log);
    const count = await database.db.lockout.count();
    await database.close();
    return count;
  }

  it('keeps every acknowledged row, and writes to the disk before it acknowledges', async () => {
    dataDirectory = await createDataDirectory();
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const writer = runChild(WRITER, dataDirectory);
      for (let count = 0; count < 10 + round * 7; count++) acknowledged = Number(await writer.nextLine());
      await writer.kill();
    }
    // Each writer goes on from the rows it found, so one lost row would have ended in a lower number.
    expect(acknowledged).toBeGreaterThanOrEqual(ROUNDS * 10);
    expect(await storedRows()).toBeGreaterThanOrEqual(acknowledged);
  });

  it('starts again after a first start that was cut short', async () => {
    dataDirectory = await createDataDirectory('empty');
    for (const milliseconds of [700, 1_200, 2_000]) {
      const writer = runChild(WRITER, dataDirectory);
      await sleep(milliseconds);
      await writer.kill();
    }
    expect(await storedRows()).toBeGreaterThanOrEqual(0);
    expect(existsSync(path.join(dataDirectory, 'database.new'))).toBe(false);
  });
});

describe('the embedded database', () => {
  it('waits for the disk at every commit, within a small memory', async () => {
    const dataDirectory = await createDataDirectory();
    const { sql, close } = await openDatabase({ dataDirectory }, log);
    const settings = await sql.query(
      `select current_setting('fsync') as fsync, current_setting('wal_sync_method') as method,
              current_setting('shared_buffers') as buffers`,
    );
    expect(settings).toEqual([{ fsync: 'on', method: 'fsync', buffers: '16MB' }]);
    await close();
    removeDataDirectory(dataDirectory);
  });
});
