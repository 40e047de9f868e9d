// The parts under sessions, on either backend, without the server: a database with two users, and a session store.
import { pino } from 'pino';
import { ensureInstallation } from '../../../src/identity/installation/installation.ts';
import { createUser, type User } from '../../../src/identity/user/user.ts';
import { Vault } from '../../../src/platform/crypto/vault.ts';
import type { Change, Publisher } from '../../../src/platform/database/changes.ts';
import { type Database, openDatabase } from '../../../src/platform/database/database.ts';
import { openRedis } from '../../../src/platform/database/redis.ts';
import { DatabaseSessionStore } from '../../../src/signin/session/database-store.ts';
import { RedisSessionStore } from '../../../src/signin/session/redis-store.ts';
import { Sessions } from '../../../src/signin/session/session.ts';
import type { SessionStore } from '../../../src/signin/session/store.ts';
import type { Backend } from '../../support/backends.ts';
import {
  createDataDirectory,
  createPostgresDatabase,
  createRedisDatabase,
  removeDataDirectory,
} from '../../support/services.ts';

export interface Parts {
  readonly database: Database;
  readonly store: SessionStore;
  readonly sessions: Sessions;
  /** Sessions whose end was published, in order. */
  readonly ended: Change['session'][];
  readonly anna: User;
  readonly ben: User;
  close(): Promise<void>;
}

/** Opens fresh stores; close() removes them. */
export async function openParts(backend: Backend): Promise<Parts> {
  const log = pino({ level: 'silent' });
  const dataDirectory = await createDataDirectory(backend.database === 'embedded' ? 'migrated' : 'empty');
  const databaseUrl = backend.database === 'postgres' ? await createPostgresDatabase() : undefined;
  const database = await openDatabase({ databaseUrl, dataDirectory }, log);
  const redis = backend.sessions === 'redis' ? openRedis(await createRedisDatabase(), log) : undefined;
  const store = redis ? new RedisSessionStore(redis) : new DatabaseSessionStore(database.sql);

  const { db } = database;
  const ended: Change['session'][] = [];
  const changes: Publisher = {
    publish: (kind, change) => void (kind === 'session' && ended.push(change as Change['session'])),
  };
  await ensureInstallation(db, new Vault('only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz'));
  return {
    database,
    store,
    sessions: new Sessions({ store, db, changes }),
    ended,
    anna: await createUser(db, changes, { username: 'anna', name: 'Anna' }),
    ben: await createUser(db, changes, { username: 'ben', name: 'Ben' }),
    async close() {
      redis?.disconnect();
      await database.close();
      removeDataDirectory(dataDirectory);
    },
  };
}
