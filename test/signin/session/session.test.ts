import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Proof } from '../../../src/signin/session/session.ts';
import { everyBackend } from '../../support/backends.ts';
import { openParts, type Parts } from './stores.ts';

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const client = { address: '192.0.2.7', userAgent: 'Firefox' };

everyBackend('a session', (backend) => {
  let parts: Parts;
  const begin = Math.floor(Date.now() / 1000) * 1000;
  const at = (milliseconds: number) => new Date(begin + milliseconds);
  const proof = (isPersistent = false): Proof => ({ methods: ['pwd'], authenticatedAt: at(0), isPersistent });
  const start = (isPersistent = false) =>
    parts.sessions.start(parts.anna, client, proof(isPersistent), at(0));

  beforeAll(async () => {
    parts = await openParts(backend);
  });
  beforeEach(async () => {
    await parts.sessions.endAllOf(parts.anna.id);
    parts.ended.length = 0;
  });
  afterAll(() => parts.close());

  it('is found by its token and by its id, with everything that was noted at the sign-in', async () => {
    const { session, token } = await start();
    const expected = {
      id: session.id,
      userId: parts.anna.id,
      methods: ['pwd'],
      authenticatedAt: at(0),
      isPersistent: false,
      clientAddress: '192.0.2.7',
      userAgent: 'Firefox',
      lastSeenAt: at(0),
      createdAt: at(0),
      user: { username: 'anna', name: 'Anna' },
    };
    expect(await parts.sessions.find(token)).toMatchObject(expected);
    expect(await parts.sessions.findById(session.id)).toMatchObject(expected);
  });

  it('is known by nothing but its token: neither its hash nor its id, nor a token that was made up', async () => {
    const { session } = await start();
    for (const token of [session.id, 'A'.repeat(43), '', undefined]) {
      expect(await parts.sessions.find(token)).toBeUndefined();
    }
  });

  it('keeps no token in its store', async () => {
    const { token } = await start();
    const kept = await parts.store.listByUser(parts.anna.id);
    expect(JSON.stringify(kept)).not.toContain(token);
  });

  it('lasts a day at most when it is not persistent, however much it is used', async () => {
    const { session, token } = await start();
    await parts.sessions.touch(session, at(23 * HOUR));
    expect(await parts.sessions.find(token, at(DAY - 1))).toBeDefined();
    expect(await parts.sessions.find(token, at(DAY))).toBeUndefined();
  });

  it('slides by fourteen days with each use when it is persistent', async () => {
    const { session, token } = await start(true);
    expect(await parts.sessions.find(token, at(14 * DAY))).toBeUndefined();
    await parts.sessions.touch(session, at(10 * DAY));
    expect(await parts.sessions.find(token, at(24 * DAY - 1))).toBeDefined();
    expect(await parts.sessions.find(token, at(24 * DAY))).toBeUndefined();
  });

  it('notes its use once a minute', async () => {
    const { session, token } = await start();
    expect(await parts.sessions.touch(session, at(MINUTE - 1))).toBe(false);
    expect(await parts.sessions.touch(session, at(MINUTE))).toBe(true);
    expect(await parts.sessions.find(token)).toMatchObject({ lastSeenAt: at(MINUTE) });
  });

  it('is known by its new token alone after it was renewed, under the same id', async () => {
    const { session, token } = await start();
    const again = { methods: ['pwd', 'otp'], authenticatedAt: at(HOUR), isPersistent: true };
    const renewed = await parts.sessions.renew(session, client, again, at(HOUR));
    expect(await parts.sessions.find(token)).toBeUndefined();
    expect(await parts.sessions.find(renewed?.token)).toMatchObject({ id: session.id, ...again });
  });

  it('cannot be renewed once it has ended', async () => {
    const { session } = await start();
    await parts.sessions.end(session.id);
    expect(await parts.sessions.renew(session, client, proof())).toBeUndefined();
    expect(await parts.sessions.findById(session.id)).toBeUndefined();
    expect(await parts.sessions.list(parts.anna.id)).toEqual([]);
  });

  it('is not brought back by a use that is noted too late', async () => {
    const { session, token } = await start();
    await parts.sessions.end(session.id);
    await parts.sessions.touch(session, at(HOUR));
    expect(await parts.sessions.find(token)).toBeUndefined();
    expect(await parts.sessions.findById(session.id)).toBeUndefined();
  });

  it('ends once, also for ten callers at a time, and everybody hears of it', async () => {
    const { session, token } = await start();
    await Promise.all(Array.from({ length: 10 }, () => parts.sessions.end(session.id)));
    expect(parts.ended).toEqual([{ id: session.id, userId: parts.anna.id }]);
    expect(await parts.sessions.find(token)).toBeUndefined();
  });

  it('survives when all others of its person are ended', async () => {
    const [kept, ...others] = [await start(), await start(), await start()];
    const bens = await parts.sessions.start(parts.ben, client, proof());
    await parts.sessions.endAllOf(parts.anna.id, kept?.session.id);
    expect((await parts.sessions.list(parts.anna.id)).map(({ id }) => id)).toEqual([kept?.session.id]);
    for (const { token } of others) expect(await parts.sessions.find(token)).toBeUndefined();
    expect(await parts.sessions.find(bens.token)).toBeDefined();
  });

  it('is listed with the others of its person, last seen first', async () => {
    const [first, second] = [await start(), await start()];
    await parts.sessions.touch(first.session, at(HOUR));
    const listed = await parts.sessions.list(parts.anna.id, at(HOUR));
    expect(listed.map(({ id }) => id)).toEqual([first.session.id, second.session.id]);
  });

  it('counts for nothing while its person is deactivated', async () => {
    const { session, token } = await start();
    const setActive = (isActive: boolean) =>
      parts.database.db.user.update({ where: { id: parts.anna.id }, data: { isActive } });
    await setActive(false);
    expect(await parts.sessions.find(token)).toBeUndefined();
    expect(await parts.sessions.findById(session.id)).toBeUndefined();
    await setActive(true);
  });
});
