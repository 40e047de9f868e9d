// A change is heard at once here, and soon in every other replica, over whichever way there is; a lost connection is
// said aloud, and mends itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { type Change, type Changes, openChanges } from '../../../src/platform/database/changes.ts';
import { type Database, openDatabase } from '../../../src/platform/database/database.ts';
import { openRedis } from '../../../src/platform/database/redis.ts';
import { createPostgresDatabase, createRedisDatabase } from '../../support/services.ts';
import { createTcpRelay } from '../../support/tcp-relay.ts';

const log = pino({ level: 'silent' });
/** The bound of docs/operations.md. */
const HEARD_WITHIN_MILLISECONDS = 1_000;

/** Resolves when the condition holds, and fails after `within`. */
async function until(condition: () => boolean, within: number): Promise<void> {
  const giveUpAt = Date.now() + within;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`not within ${within} ms: ${condition}`);
    await sleep(5);
  }
}

function hear(changes: Changes): { sessions: Change['session'][]; interruptions: number } {
  const heard = { sessions: [] as Change['session'][], interruptions: 0 };
  changes.subscribe('session', (change) => heard.sessions.push(change));
  changes.onInterruption(() => heard.interruptions++);
  return heard;
}

const SIGNED_OUT = { id: '2b0e8a52-6d0a-4a0e-9d69-1f8f0f6f9d11', userId: 7 };

describe('changes in one process', () => {
  /** Like the embedded database: nobody else to tell. */
  const alone = { sql: { query: async () => [] } };

  it('are heard before publish returns, by those who subscribed to the kind and still do', async () => {
    const changes = await openChanges(alone, undefined, log);
    const heard = hear(changes);
    const end = changes.subscribe('user', () => {
      throw new Error('a broken listener');
    });
    changes.publish('user', { id: 1 });
    changes.publish('session', SIGNED_OUT);
    end();
    expect(heard).toEqual({ sessions: [SIGNED_OUT], interruptions: 0 });
    await expect(changes.ping()).resolves.toBeUndefined();
    await changes.close();
  });
});

describe.each(['PostgreSQL', 'Redis'] as const)('changes between replicas over %s', (way) => {
  let databaseUrl: string;
  let redisUrl: string | undefined;
  let database: Database;
  let redis: Redis | undefined;
  let open: Changes[] = [];

  beforeAll(async () => {
    databaseUrl = await createPostgresDatabase();
    redisUrl = way === 'Redis' ? await createRedisDatabase() : undefined;
    database = await openDatabase({ databaseUrl, dataDirectory: '' }, log);
    if (redisUrl) redis = openRedis(redisUrl, log);
  });

  afterEach(async () => {
    for (const changes of open.splice(0)) await changes.close();
  });

  afterAll(async () => {
    redis?.disconnect();
    await database.close();
  });

  async function openReplica(): Promise<Changes> {
    const changes = await openChanges(database, redis, log);
    open = [...open, changes];
    return changes;
  }

  /** Cuts every replica off, as a restart of the server or a broken cable would. */
  async function cutConnections(): Promise<void> {
    if (redis) await redis.call('client', 'kill', 'type', 'pubsub');
    else {
      await database.sql.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query = 'listen gatelodge_changes'`,
      );
    }
  }

  it('are heard there once, and not again here', async () => {
    const [here, there] = [await openReplica(), await openReplica()];
    const [heardHere, heardThere] = [hear(here), hear(there)];
    here.publish('session', SIGNED_OUT);
    expect(heardHere.sessions).toEqual([SIGNED_OUT]);
    await until(() => heardThere.sessions.length > 0, HEARD_WITHIN_MILLISECONDS);
    expect(heardThere.sessions).toEqual([SIGNED_OUT]);
    await sleep(50);
    expect(heardHere.sessions).toHaveLength(1);
  });

  it('say when they may have been missed, and are heard again after it', async () => {
    const [here, there] = [await openReplica(), await openReplica()];
    const heard = hear(there);
    await cutConnections();
    // Once for the loss and once for the return: what was published in between is not kept by anybody.
    await until(() => heard.interruptions >= 2, 10_000);
    expect(there.isConnected).toBe(true);
    here.publish('session', SIGNED_OUT);
    await until(() => heard.sessions.length > 0, HEARD_WITHIN_MILLISECONDS);
    await expect(there.ping()).resolves.toBeUndefined();
  });

  it('are made up for when they could not be told: the others hear that something has changed', async () => {
    const relay = await createTcpRelay(redisUrl ?? databaseUrl);
    await relay.mend();
    const url = relay.url;
    const cutDatabase = await openDatabase(
      { databaseUrl: redisUrl ? databaseUrl : url, dataDirectory: '' },
      log,
    );
    const cutRedis = redisUrl ? openRedis(url, log) : undefined;
    const here = await openChanges(cutDatabase, cutRedis, log);
    const heard = hear(await openReplica());
    try {
      await relay.cut();
      here.publish('session', SIGNED_OUT);
      // As long as anybody tries to send it.
      await sleep(4_000);
      expect([heard.sessions.length, heard.interruptions]).toEqual([0, 0]);
      await relay.mend();
      await until(() => heard.sessions.length + heard.interruptions > 0, 10_000);
    } finally {
      await here.close();
      cutRedis?.disconnect();
      await cutDatabase.close();
      await relay.cut();
    }
  });
});
