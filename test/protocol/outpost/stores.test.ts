// Outpost sessions in both stores: one table of behaviour.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sha256Hex } from '../../../src/platform/crypto/digest.ts';
import { DatabaseOutpostSessionStore } from '../../../src/protocol/outpost/session/database-store.ts';
import { RedisOutpostSessionStore } from '../../../src/protocol/outpost/session/redis-store.ts';
import type { OutpostSessionStore } from '../../../src/protocol/outpost/session/store.ts';
import { RedisSessionStore, recordKey } from '../../../src/signin/session/redis-store.ts';
import { everyBackend } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

const HOUR = 60 * 60 * 1000;

everyBackend('the store of outpost sessions', (backend) => {
  let gatelodge: Gatelodge;
  let store: OutpostSessionStore;
  let providerId: number;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    const { db, sql, redis } = gatelodge.deps;
    store = redis
      ? new RedisOutpostSessionStore(redis, new RedisSessionStore(redis))
      : new DatabaseOutpostSessionStore(sql);
    const provider = await db.provider.create({ data: { type: 'proxy', name: 'x' } });
    providerId = provider.id;
    await db.proxyProvider.create({ data: { providerId, externalHost: 'https://x.test' } });
  });

  afterAll(() => gatelodge?.stop());

  async function insert() {
    const { sessions, db } = gatelodge.deps;
    const { id } = await db.user.findFirstOrThrow();
    const proof = { methods: ['pwd'], authenticatedAt: new Date(), isPersistent: true };
    const { session } = await sessions.start({ id }, { address: '', userAgent: '' }, proof);
    const tokenHash = sha256Hex(randomUUID());
    const expiresAt = new Date(Date.now() + HOUR);
    await store.insert({ tokenHash, sessionId: session.id, providerId, identityToken: 'a.b.c', expiresAt });
    return { tokenHash, session, expiresAt };
  }

  it('finds what was inserted, with its SSO session', async () => {
    const { tokenHash, session, expiresAt } = await insert();
    const found = await store.find(tokenHash);
    expect(found).toEqual({
      tokenHash,
      sessionId: session.id,
      providerId,
      identityToken: 'a.b.c',
      expiresAt,
      sso: session,
    });
    expect(await store.findEnded([tokenHash], new Date())).toEqual([]);
  });

  it('finds nothing once the SSO session has ended', async () => {
    const [kept, ended] = [await insert(), await insert()];
    await gatelodge.deps.sessions.end(ended.session.id);
    expect(await store.find(ended.tokenHash)).toBeUndefined();
    expect(await store.findEnded([kept.tokenHash, ended.tokenHash], new Date())).toEqual([ended.tokenHash]);
  });

  it('takes no session for alive because a late note of its use has come after its end', async () => {
    const { tokenHash, session } = await insert();
    const { sessions, redis } = gatelodge.deps;
    await sessions.end(session.id);
    await redis?.hset(recordKey(session.id), { lastSeenAt: Date.now(), expiresAt: Date.now() + HOUR });
    expect(await store.find(tokenHash)).toBeUndefined();
    expect(await store.findEnded([tokenHash], new Date())).toEqual([tokenHash]);
  });

  it('finds nothing once it was deleted, and nothing that never was', async () => {
    const { tokenHash } = await insert();
    await store.delete(tokenHash);
    expect(await store.find(tokenHash)).toBeUndefined();
    const never = sha256Hex('never');
    expect(await store.findEnded([tokenHash, never], new Date())).toEqual([tokenHash, never]);
  });

  it('replaces the token of a session, and brings none back by it', async () => {
    const { tokenHash } = await insert();
    await store.renewToken(tokenHash, 'd.e.f');
    expect((await store.find(tokenHash))?.identityToken).toBe('d.e.f');
    await store.delete(tokenHash);
    await store.renewToken(tokenHash, 'g.h.i');
    expect(await store.find(tokenHash)).toBeUndefined();
  });
});
