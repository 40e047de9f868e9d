import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { openRedis } from '../../../src/platform/database/redis.ts';
import { Unavailable } from '../../../src/platform/problem/problem.ts';
import { RedisSessionStore } from '../../../src/signin/session/redis-store.ts';
import { Sessions } from '../../../src/signin/session/session.ts';
import { EMBEDDED } from '../../support/backends.ts';
import { openParts } from './stores.ts';

describe('a session store that does not answer', () => {
  it('makes every look-up a refusal with Retry-After: nobody is taken for signed in, or for signed out', async () => {
    const parts = await openParts(EMBEDDED);
    // Nothing listens on the discard port.
    const redis = openRedis('redis://127.0.0.1:9', pino({ level: 'silent' }));
    const { db } = parts.database;
    const sessions = new Sessions({
      store: new RedisSessionStore(redis),
      db,
      changes: { publish: () => undefined },
    });
    for (const refused of [
      () => sessions.find('A'.repeat(43)),
      () => sessions.findById(crypto.randomUUID()),
      () => sessions.list(parts.anna.id),
      () => sessions.end(crypto.randomUUID()),
    ]) {
      const problem = await refused().catch((error: unknown) => error);
      expect(problem).toBeInstanceOf(Unavailable);
      expect(problem).toMatchObject({ status: 503, retryAfterSeconds: 5 });
    }
    redis.disconnect();
    await parts.close();
  });
});
