// Sessions in use are confirmed in bulk: who is gone is forgotten without having been told of, and nobody is confirmed
// while it is not known what has changed.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createUser } from '../../../src/identity/user/user.ts';
import { sha256Hex } from '../../../src/platform/crypto/digest.ts';
import { Changes } from '../../../src/platform/database/changes.ts';
import { noTransport } from '../../../src/platform/database/transport.ts';
import { confirmAll } from '../../../src/protocol/outpost/session/confirmation.ts';
import { DatabaseOutpostSessionStore } from '../../../src/protocol/outpost/session/database-store.ts';
import type { FoundSession } from '../../../src/protocol/outpost/session/outpost-sessions.ts';
import { RedisOutpostSessionStore } from '../../../src/protocol/outpost/session/redis-store.ts';
import type { OutpostSessionStore } from '../../../src/protocol/outpost/session/store.ts';
import { SessionCache } from '../../../src/signin/session/cache.ts';
import { RedisSessionStore, recordKey } from '../../../src/signin/session/redis-store.ts';
import { everyBackend } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

const FRESH_SECONDS = 10;
const HOUR = 3_600_000;

everyBackend('a round of confirmation', (backend) => {
  let gatelodge: Gatelodge;
  let store: OutpostSessionStore;
  let providerId: number;
  let heard: Changes;
  let deaf: Changes;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    const { db, sql, redis, log } = gatelodge.deps;
    store = redis
      ? new RedisOutpostSessionStore(redis, new RedisSessionStore(redis))
      : new DatabaseOutpostSessionStore(sql);
    providerId = (await db.provider.create({ data: { type: 'proxy', name: 'x' } })).id;
    await db.proxyProvider.create({ data: { providerId, externalHost: 'https://x.test' } });
    heard = await Changes.open(async () => noTransport, log);
    deaf = await Changes.open(async () => ({ ...noTransport, isConnected: false }), log);
  });
  afterAll(() => gatelodge?.stop());

  /** Somebody with a session that was read a moment ago. */
  async function signedIn() {
    const { db, changes, sessions } = gatelodge.deps;
    const username = randomUUID();
    const { id: userId } = await createUser(db, changes, { username });
    const proof = { methods: ['pwd'], authenticatedAt: new Date(), isPersistent: true };
    const { session } = await sessions.start({ id: userId }, { address: '', userAgent: '' }, proof);
    const tokenHash = sha256Hex(randomUUID());
    const expiresAt = new Date(Date.now() + HOUR);
    await store.insert({ tokenHash, sessionId: session.id, providerId, identityToken: 'a.b.c', expiresAt });
    const found = { tokenHash, sessionId: session.id, identity: { userId }, expiresAt: expiresAt.getTime() };
    return { userId, sessionId: session.id, tokenHash, found: found as unknown as FoundSession };
  }

  async function remembered(...people: { readonly found: FoundSession }[]) {
    const cache = new SessionCache<FoundSession>({
      read: async (token) => people.find(({ found }) => found.tokenHash === token)?.found,
      ownerOf: ({ identity }) => identity.userId,
      capacity: 100,
      longestSeconds: 900,
      freshSeconds: () => FRESH_SECONDS,
      patienceSeconds: 3,
    });
    for (const { found } of people) await cache.read(found.tokenHash);
    return cache;
  }

  const round = (cache: SessionCache<FoundSession>, changes = heard) => {
    const { sql, log } = gatelodge.deps;
    return confirmAll({ cache, store, sql, changes, log });
  };
  /** So long after it was read that only a confirmation keeps it. */
  const isStillFresh = (
    cache: SessionCache<FoundSession>,
    { tokenHash }: { tokenHash: string },
    readAt: number,
  ) => cache.find(tokenHash, readAt + FRESH_SECONDS * 1000 + 1) !== undefined;

  async function untilConfirmationIsLater(readAt: number): Promise<void> {
    while (Date.now() <= readAt + 5) await new Promise(setImmediate);
  }

  it('keeps who is signed in', async () => {
    const anna = await signedIn();
    const cache = await remembered(anna);
    const readAt = Date.now();
    expect(isStillFresh(cache, anna, readAt)).toBe(false);
    await untilConfirmationIsLater(readAt);
    await round(cache);
    expect(isStillFresh(cache, anna, readAt)).toBe(true);
  });

  it.each<[string, (person: Awaited<ReturnType<typeof signedIn>>) => Promise<unknown>]>([
    ['whose session has ended', ({ sessionId }) => endUntold(sessionId)],
    [
      'who is deactivated',
      ({ userId }) => gatelodge.deps.db.user.update({ where: { id: userId }, data: { isActive: false } }),
    ],
    ['who is deleted', ({ userId }) => gatelodge.deps.db.user.delete({ where: { id: userId } })],
    ['whose cookie was taken back', ({ tokenHash }) => store.delete(tokenHash)],
  ])('forgets at once who is gone, and nobody else: %s', async (_, act) => {
    const [anna, bert] = [await signedIn(), await signedIn()];
    const cache = await remembered(anna, bert);
    await act(anna);
    await round(cache);
    expect(cache.recall(anna.tokenHash)).toBeUndefined();
    expect(cache.find(bert.tokenHash)).toBe(bert.found);
  });

  /** As a replica does whose word is lost. */
  async function endUntold(id: string): Promise<void> {
    const { db, redis } = gatelodge.deps;
    await redis?.del(recordKey(id));
    await db.session.deleteMany({ where: { id } });
  }

  it('confirms nobody while changes are not heard: groups may have changed', async () => {
    const anna = await signedIn();
    const cache = await remembered(anna);
    const readAt = Date.now();
    await untilConfirmationIsLater(readAt);
    await round(cache, deaf);
    expect(isStillFresh(cache, anna, readAt)).toBe(false);
    expect(cache.find(anna.tokenHash)).toBe(anna.found);
  });

  it('neither confirms nor forgets anybody when the store cannot be asked', async () => {
    const anna = await signedIn();
    const cache = await remembered(anna);
    const readAt = Date.now();
    await untilConfirmationIsLater(readAt);
    const { log } = gatelodge.deps;
    const sql = { query: () => Promise.reject(new Error('away')) };
    await confirmAll({ cache, store, sql, changes: heard, log });
    expect(isStillFresh(cache, anna, readAt)).toBe(false);
    expect(cache.find(anna.tokenHash)).toBe(anna.found);
  });
});
