// The stores neither answer nor break: the worst that a network does. Whoever must not pass does not, everybody is answered
// in time, and what was revoked meanwhile at another replica is dead within the ten seconds of docs/reliability.md.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXTERNAL, missingFor } from '../../support/backends.ts';
import { findFreePort } from '../../support/free-port.ts';
import { type Gatelodge, startReplica } from '../../support/gatelodge.ts';
import { createPostgresDatabase, createRedisDatabase } from '../../support/services.ts';
import { createTcpRelay, type TcpRelay } from '../../support/tcp-relay.ts';
import { type Gate, openGate, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';

const APP = 'https://app.home.test';
const SILENCE_MS = 120_000;
const SLOW_MS = 5_000;
const REVOKED_WITHIN_MS = 10_000;
/** Patience with the stores is three seconds; the rest is for a busy machine. */
const ANSWERED_WITHIN_MS = 8_000;
const RECOVERED_WITHIN_MS = 30_000;

(missingFor(EXTERNAL) ? describe.skip : describe)('the gate before stores that are silent', () => {
  let relays: TcpRelay[];
  let here: Gate;
  let elsewhere: Gatelodge;

  beforeAll(async () => {
    const [databaseUrl, redisUrl] = [await createPostgresDatabase(), await createRedisDatabase()];
    const [database, redis] = [await createTcpRelay(databaseUrl), await createTcpRelay(redisUrl)];
    relays = [database, redis];
    for (const relay of relays) await relay.mend();
    here = await openGate(EXTERNAL, { DATABASE_URL: database.url, REDIS_URL: redis.url });
    elsewhere = await startReplica({
      ...here.gatelodge.environment,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      GATELODGE_LISTEN_HTTP: `127.0.0.1:${await findFreePort()}`,
    });
    await here.protect({ slug: 'app', externalHost: APP });
    // Strangers are 401 as soon as the application is known, 404 or 500 before.
    for (let tries = 0; tries < 100 && (await statusFor('')) !== 401; tries += 1) await sleep(100);
  });
  afterAll(async () => {
    slowAll(0);
    await elsewhere?.stop();
    await here?.gatelodge.stop();
    for (const relay of relays ?? []) await relay.cut();
  });

  function slowAll(milliseconds: number): void {
    for (const relay of relays ?? []) relay.slow(milliseconds);
  }

  /** Tries again: the pages may still wait for answers that a test before has held up. */
  async function signedInCookie(username: string): Promise<string> {
    for (const giveUpAt = Date.now() + RECOVERED_WITHIN_MS; ; await sleep(500)) {
      const browser = here.browser({ [APP]: here.origin });
      const page = await browser.visit(`${APP}/outpost.goauthentik.io/start?rd=/`);
      await signIn(page, username).catch(() => undefined);
      const cookies = await browser.cookies.getCookies(APP);
      const cookie = cookies.find(({ key }) => /^gatelodge_proxy_\d+$/.test(key));
      if (cookie) return cookie.cookieString();
      if (Date.now() > giveUpAt) throw new Error(`${username} cannot sign in`);
    }
  }

  async function statusFor(cookie: string): Promise<number> {
    const lines = ['GET /outpost.goauthentik.io/auth/nginx HTTP/1.1', 'Host: app.home.test'];
    const askedAt = performance.now();
    const answer = await sendRaw(here.origin, [...lines, `X-Original-URL: ${APP}/`, `Cookie: ${cookie}`]);
    expect(performance.now() - askedAt).toBeLessThan(ANSWERED_WITHIN_MS);
    return answer.status;
  }

  async function untilLetIn(cookie: string): Promise<void> {
    for (
      const giveUpAt = Date.now() + RECOVERED_WITHIN_MS;
      (await statusFor(cookie)) !== 200;
      await sleep(200)
    )
      if (Date.now() > giveUpAt) throw new Error('it does not recover');
  }

  it('lets nobody in by a cookie that is worth nothing, answers in time, and recovers', async () => {
    const good = await signedInCookie('bert');
    await untilLetIn(good);
    const [name = ''] = good.split('=', 1);
    slowAll(SLOW_MS);
    const worthless = Array.from({ length: 10 }, () => `${name}=${randomBytes(32).toString('base64url')}`);
    const statuses = await Promise.all(worthless.map(statusFor));
    expect(new Set(statuses)).toEqual(new Set([503]));
    expect(await statusFor('')).toBe(401);
    slowAll(0);
    await untilLetIn(good);
  });

  it('refuses within ten seconds what was revoked elsewhere without its hearing of it', async () => {
    const cookie = await signedInCookie('anna');
    await untilLetIn(cookie);
    slowAll(SILENCE_MS);
    const { db, sessions } = elsewhere.deps;
    await sessions.endAllOf((await db.user.findFirstOrThrow({ where: { username: 'anna' } })).id);
    const revokedAt = performance.now();
    let lastLetInAt = revokedAt;
    for (let status = 200; status === 200; await sleep(50)) {
      status = await statusFor(cookie);
      if (status === 200) lastLetInAt = performance.now();
      if (performance.now() - revokedAt > 3 * REVOKED_WITHIN_MS) break;
    }
    expect(lastLetInAt - revokedAt).toBeLessThan(REVOKED_WITHIN_MS + 1000);
    expect(await statusFor(cookie)).toBe(503);
    slowAll(0);
  });
});
