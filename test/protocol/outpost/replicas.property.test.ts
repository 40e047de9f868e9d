// Two replicas and stores that fail: revocation reaches both, and nothing is let in while nobody can be asked.
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBinding, deleteBinding } from '../../../src/identity/access/binding.ts';
import { setMfaDemand } from '../../../src/identity/access/mfa-demand.ts';
import { setGroupsOfUser } from '../../../src/identity/group/membership.ts';
import { EXTERNAL, missingFor } from '../../support/backends.ts';
import { findFreePort } from '../../support/free-port.ts';
import { type Gatelodge, startReplica } from '../../support/gatelodge.ts';
import { createPostgresDatabase, createRedisDatabase } from '../../support/services.ts';
import { createTcpRelay, type TcpRelay } from '../../support/tcp-relay.ts';
import { type Gate, openGate, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';
import { startStreamingApplication } from './streaming-application.ts';

const APP = 'https://app.home.test';
const missing = missingFor(EXTERNAL);
if (missing && process.env.CI) throw new Error(missing);

(missing ? describe.skip : describe)('two replicas on PostgreSQL and Redis', () => {
  let gate: Gate;
  let other: Gatelodge;
  let otherOrigin: string;
  let database: TcpRelay;
  let redis: TcpRelay;

  beforeAll(async () => {
    [database, redis] = await Promise.all([
      createPostgresDatabase('empty').then(createTcpRelay),
      createRedisDatabase().then(createTcpRelay),
    ]);
    await Promise.all([database.mend(), redis.mend()]);
    gate = await openGate(EXTERNAL, { DATABASE_URL: database.url, REDIS_URL: redis.url });
    const address = `127.0.0.1:${await findFreePort()}`;
    other = await startReplica({ ...gate.gatelodge.environment, GATELODGE_LISTEN_HTTP: address });
    otherOrigin = `http://${address}`;
    await gate.protect({ slug: 'app', externalHost: APP });
  });

  afterAll(async () => {
    await other?.stop();
    await gate?.gatelodge.stop();
    await Promise.all([database?.cut(), redis?.cut()]);
  });

  async function cookieOf(username: string): Promise<string> {
    const browser = gate.browser({ [APP]: gate.origin });
    await signIn(await browser.visit(`${APP}/outpost.goauthentik.io/start?rd=/`), username);
    return browser.cookies.getCookieString(APP);
  }

  async function statusAt(origin: string, cookie: string): Promise<number> {
    const lines = [
      'GET /outpost.goauthentik.io/auth/nginx HTTP/1.1',
      'Host: app.home.test',
      `X-Original-URL: ${APP}/`,
    ];
    return (await sendRaw(origin, [...lines, `Cookie: ${cookie}`])).status;
  }

  it('honour a sign-in at one at the other', async () => {
    const cookie = await cookieOf('anna');
    expect(await statusAt(otherOrigin, cookie)).toBe(200);
  });

  it('refuse a cookie at both within a second after the session was ended at one', async () => {
    const cookie = await cookieOf('anna');
    expect(await statusAt(otherOrigin, cookie)).toBe(200);
    const { db, sessions } = gate.gatelodge.deps;
    const { id } = await db.user.findFirstOrThrow({ where: { username: 'anna' } });
    await sessions.endAllOf(id);
    await sleep(500);
    expect(await statusAt(gate.origin, cookie)).toBe(401);
    expect(await statusAt(otherOrigin, cookie)).toBe(401);
  });

  it('cut an event stream at one within a second after the session was ended at the other', async () => {
    const application = await startStreamingApplication();
    const host = 'http://stream.home.test';
    const provider = { mode: 'proxy', internal_host: application.origin };
    await gate.protect({ slug: 'stream', externalHost: host, provider });
    const browser = gate.browser({ [host]: gate.origin });
    await signIn(await browser.visit(`${host}/`), 'anna');
    const headers = { host: 'stream.home.test', cookie: await browser.cookies.getCookieString(host) };
    const [events] = await once(http.get(`${otherOrigin}/events`, { headers, agent: false }), 'response');
    await once(
      events.on('error', () => undefined),
      'data',
    );
    const { db, sessions } = gate.gatelodge.deps;
    await sessions.endAllOf((await db.user.findFirstOrThrow({ where: { username: 'anna' } })).id);
    await Promise.race([new Promise((resolve) => events.once('close', resolve)), sleep(1000)]);
    const hasEnded = events.destroyed;
    events.destroy();
    await application.stop();
    expect([events.statusCode, hasEnded]).toEqual([200, true]);
  });

  it('follow rules that were changed at one', async () => {
    const cookie = await cookieOf('bert');
    expect(await statusAt(otherOrigin, cookie)).toBe(200);
    const { results } = await gate.api('GET', 'core/applications/?slug=app');
    const [{ pk }] = results as [{ pk: string }];
    const group = await gate.api('POST', 'core/groups/', { name: 'nobody' });
    const binding = await gate.api('POST', 'policies/bindings/', { target: pk, group: group.pk, order: 0 });
    await sleep(500);
    expect(await statusAt(otherOrigin, cookie)).toBe(403);
    await gate.api('DELETE', `policies/bindings/${binding.pk}/`);
    await sleep(500);
    expect(await statusAt(otherOrigin, cookie)).toBe(200);
  });

  it('let nobody in by the rules that there were when they asked', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const cookie = await cookieOf('bert');
    const { id } = await db.user.findFirstOrThrow({ where: { username: 'bert' } });
    const { id: applicationId } = await db.application.findFirstOrThrow({ where: { slug: 'app' } });
    const { id: groupId } = await db.group.create({ data: { name: 'later' } });
    changes.publish('user', { id });
    redis.slow(150);
    const asked = statusAt(gate.origin, cookie);
    await sleep(50);
    const binding = await createBinding(db, changes, { applicationId, groupId });
    expect(await asked).toBe(403);
    redis.slow(0);
    await deleteBinding(db, changes, binding.id);
  });

  it('hold people to a second factor at both within a second after it was demanded of everybody at one', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const cookie = await cookieOf('bert');
    expect(await statusAt(otherOrigin, cookie)).toBe(200);
    await setMfaDemand(db, changes, 'everybody');
    await sleep(500);
    expect([await statusAt(gate.origin, cookie), await statusAt(otherOrigin, cookie)]).toEqual([401, 401]);
    await setMfaDemand(db, changes, 'nobody');
    await sleep(500);
    expect(await statusAt(otherOrigin, cookie)).toBe(200);
  });

  it.each([
    ['Redis', () => redis],
    ['PostgreSQL', () => database],
  ])(
    'let nobody in for whom nobody can be asked, while %s is away, and recover by themselves',
    async (_, relay) => {
      const cookie = await cookieOf('bert');
      expect(await statusAt(gate.origin, cookie)).toBe(200);
      await relay().cut();
      await sleep(300);
      const before = performance.now();
      const during = await Promise.all(Array.from({ length: 20 }, () => statusAt(gate.origin, cookie)));
      expect(performance.now() - before).toBeLessThan(6_000);
      await sleep(10_000);
      const later = await statusAt(gate.origin, cookie);
      await relay().mend();
      for (const status of during) expect([200, 503]).toContain(status);
      expect(later).toBe(503);
      for (let waited = 0; (await statusAt(gate.origin, cookie)) !== 200 && waited < 20; waited += 1)
        await sleep(500);
      expect(await statusAt(gate.origin, cookie)).toBe(200);
    },
  );
});

(missing ? describe.skip : describe)('a replica that has missed changes', () => {
  it('lets nobody in by what was true before it was cut off', async () => {
    const databaseUrl = await createPostgresDatabase('empty');
    const relay = await createTcpRelay(databaseUrl);
    await relay.mend();
    const here = await openGate({ database: 'postgres', sessions: 'database' }, { DATABASE_URL: relay.url });
    const elsewhere = await startReplica({
      ...here.gatelodge.environment,
      DATABASE_URL: databaseUrl,
      GATELODGE_LISTEN_HTTP: `127.0.0.1:${await findFreePort()}`,
    });
    try {
      await here.protect({ slug: 'app', externalHost: APP, groups: ['family'] });
      const browser = here.browser({ [APP]: here.origin });
      await signIn(await browser.visit(`${APP}/outpost.goauthentik.io/start?rd=/`), 'anna');
      const cookie = await browser.cookies.getCookieString(APP);
      const lines = ['GET /outpost.goauthentik.io/auth/nginx HTTP/1.1', 'Host: app.home.test'];
      const request = [...lines, `X-Original-URL: ${APP}/`, `Cookie: ${cookie}`];
      expect((await sendRaw(here.origin, request)).status).toBe(200);
      await relay.cut();
      const { db, changes } = elsewhere.deps;
      const { id } = await db.user.findFirstOrThrow({ where: { username: 'anna' } });
      await setGroupsOfUser(db, changes, id, []);
      await relay.mend();
      while (!here.gatelodge.deps.changes.isConnected) await sleep(20);
      expect((await sendRaw(here.origin, request)).status).toBe(403);
    } finally {
      await elsewhere.stop();
      await here.gatelodge.stop();
      await relay.cut();
    }
  });
});
