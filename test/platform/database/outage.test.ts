// The stores go away while Gatelodge serves: whoever asks is told so within a bounded time, nobody is let in, and it
// goes on by itself when they are back.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXTERNAL, missingFor } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { ADMIN_PASSWORD, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';
import { createPostgresDatabase, createRedisDatabase } from '../../support/services.ts';
import { createTcpRelay, type TcpRelay } from '../../support/tcp-relay.ts';

const BOUND_MILLISECONDS = 8_000;

async function signIn(browser: Browser): Promise<void> {
  const identification = await browser.visit('/if/flow/default-authentication-flow/');
  const password = await identification.form().submit({ uid_field: 'akadmin' }, { follow: true });
  const done = await password.form().submit({ password: ADMIN_PASSWORD }, { follow: true });
  expect(done.url.pathname).toBe('/if/user/');
}

/** Asks until the answer has the status; fails when it has not within ten seconds. */
async function untilStatus(status: number, ask: () => Promise<Page>): Promise<void> {
  const giveUpAt = Date.now() + 10_000;
  for (;;) {
    const page = await ask();
    if (page.status === status) return;
    if (Date.now() > giveUpAt) expect(page.status).toBe(status);
    await sleep(100);
  }
}

(missingFor(EXTERNAL) ? describe.skip : describe)('an outage of the stores', () => {
  let postgres: TcpRelay;
  let redis: TcpRelay;
  let gatelodge: Gatelodge;

  beforeAll(async () => {
    postgres = await createTcpRelay(await createPostgresDatabase());
    redis = await createTcpRelay(await createRedisDatabase());
    await postgres.mend();
    await redis.mend();
    const environment = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
    gatelodge = await startGatelodge({ ...EXTERNAL, environment });
  });

  afterAll(async () => {
    await gatelodge.stop();
    await postgres.cut();
    await redis.cut();
  });

  it.each(['PostgreSQL', 'Redis'])('of %s is told as 503 in time, and passes', async (store) => {
    const relay = store === 'PostgreSQL' ? postgres : redis;
    const browser = gatelodge.browser();
    const probe = gatelodge.browser();
    await signIn(browser);
    await relay.cut();

    const start = performance.now();
    const during = await browser.get('/if/user/');
    expect(performance.now() - start).toBeLessThan(BOUND_MILLISECONDS);
    expect(during.status).toBe(503);
    expect(during.headers['retry-after']).toBe('5');
    expect(during.text('h1')).toBe('Back in a moment');
    expect((await probe.get('/-/health/ready/')).status).toBe(503);
    expect((await probe.get('/-/health/live/')).status).toBe(200);

    await relay.mend();
    await expect(untilStatus(200, () => browser.get('/if/user/'))).resolves.toBeUndefined();
    await expect(untilStatus(200, () => probe.get('/-/health/ready/'))).resolves.toBeUndefined();
  });
});
