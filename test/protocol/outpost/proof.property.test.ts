// What an application demands of a sign-in (a second factor, a recent one) holds at the gate, at every request: whoever
// has proved less is as good as not signed in there, and is asked for what is missing and no more.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setMfaDemand } from '../../../src/identity/access/mfa-demand.ts';
import { updateApplication } from '../../../src/identity/application/application.ts';
import { updateGroup } from '../../../src/identity/group/group.ts';
import { giveTotp, type Phone } from '../../signin/stage/authenticator-app.ts';
import { createAppPassword } from '../../support/api-client.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import type { Page } from '../../support/page.ts';
import { AUTH, type Gate, openGate, type ProtectedIds, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';

const APP = 'https://app.home.test';
const ONE = 'https://one.shared.test';
const VAULT = 'https://vault.shared.test';
const APP_PASSWORD = 'an-app-password-0123456789-abcdefghij';

everyBackend('an application that demands more than a password', (backend) => {
  let gate: Gate;
  let app: ProtectedIds;
  let vault: ProtectedIds;
  let phone: Phone;

  beforeAll(async () => {
    gate = await openGate(backend);
    app = await gate.protect({ slug: 'app', externalHost: APP, provider: { skip_path_regex: '^/open$' } });
    const provider = { mode: 'forward_domain', cookie_domain: 'shared.test' };
    await gate.protect({ slug: 'one', externalHost: ONE, provider });
    vault = await gate.protect({ slug: 'vault', externalHost: VAULT, provider });
    await demand(vault, { mustUseMfa: true });
    phone = await giveTotp(gate.gatelodge, await idOf('bert'));
  });
  afterAll(() => gate?.gatelodge.stop());

  const idOf = async (username: string) =>
    (await gate.gatelodge.deps.db.user.findFirstOrThrow({ where: { username } })).id;

  async function demand(
    { applicationId }: ProtectedIds,
    fields: Parameters<typeof updateApplication>[3],
  ): Promise<void> {
    const { db, changes } = gate.gatelodge.deps;
    await updateApplication(db, changes, applicationId, fields);
    await gate.settle();
  }

  const visitor = () =>
    gate.browser(Object.fromEntries([APP, ONE, VAULT].map((host) => [host, gate.origin])));
  const startAt = (browser: Browser, host: string) =>
    browser.visit(`${host}/outpost.goauthentik.io/start?rd=/films?a=b`);

  async function statusOf(browser: Browser, host: string, path = '/'): Promise<number> {
    const cookie = `Cookie: ${await browser.cookies.getCookieString(host)}`;
    return statusWith([cookie], host, path);
  }

  async function statusWith(headers: readonly string[], host: string, path = '/'): Promise<number> {
    const lines = ['GET /outpost.goauthentik.io/auth/nginx HTTP/1.1', `Host: ${new URL(host).host}`];
    return (await sendRaw(gate.origin, [...lines, `X-Original-URL: ${host}${path}`, ...headers])).status;
  }

  /** Signs in with a password, at an application that asks for no more. */
  async function withPassword(username = 'anna', host = APP): Promise<Browser> {
    const browser = visitor();
    await signIn(await startAt(browser, host), username);
    return browser;
  }

  /** Makes every sign-in so many seconds old, and lets the gate read them anew. */
  async function age(seconds: number): Promise<void> {
    const { db, changes, redis } = gate.gatelodge.deps;
    const authenticatedAt = new Date(Date.now() - seconds * 1000);
    await db.session.updateMany({ data: { authenticatedAt } });
    for (const key of (await redis?.keys('gatelodge:session:*')) ?? []) {
      if ((await redis?.type(key)) === 'hash') {
        await redis?.hset(key, { authenticatedAt: authenticatedAt.getTime() });
      }
    }
    changes.publish('user', { id: await idOf('anna') });
  }

  const asksFor = (page: Page, field: string) => page.body.includes(`name="${field}"`);

  it('asks somebody who is signed in for the second factor alone, once, and lets them in', async () => {
    const browser = visitor();
    const code = await signIn(await startAt(browser, APP), 'bert');
    const first = await code.form().submit({ code: phone.code(0) }, { follow: true });
    expect(first.url.href).toBe(`${APP}/films?a=b`);
    expect((await startAt(browser, VAULT)).url.href).toBe(`${VAULT}/films?a=b`);
    expect(await statusOf(browser, VAULT)).toBe(200);
  });

  it('sends whoever has given a password alone back for the second factor, and not for the password', async () => {
    const browser = await withPassword('anna', ONE);
    expect(await statusOf(browser, ONE)).toBe(200);
    expect(await statusOf(browser, VAULT)).toBe(401);
    const asked = await startAt(browser, VAULT);
    expect(asked.url.origin).toBe(AUTH);
    expect(asked.text()).toContain('vault');
    expect(asksFor(asked, 'password')).toBe(false);
    expect(await statusOf(browser, VAULT)).toBe(401);
    expect(await statusOf(browser, ONE)).toBe(200);
  });

  it('keeps out at once who got in before the demand, and lets them in when it ends', async () => {
    const browser = await withPassword();
    expect(await statusOf(browser, APP)).toBe(200);
    await demand(app, { mustUseMfa: true });
    expect(await statusOf(browser, APP)).toBe(401);
    expect(await statusOf(browser, APP, '/open')).toBe(200);
    await demand(app, { mustUseMfa: false });
    expect(await statusOf(browser, APP)).toBe(200);
  });

  it('holds people at once to what is demanded of their group, and of everybody', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const browser = await withPassword();
    const { id } = await db.group.findFirstOrThrow({ where: { name: 'family' } });
    for (const [impose, lift] of [
      [
        () => updateGroup(db, changes, id, { mustUseMfa: true }),
        () => updateGroup(db, changes, id, { mustUseMfa: false }),
      ],
      [() => setMfaDemand(db, changes, 'everybody'), () => setMfaDemand(db, changes, 'nobody')],
    ] as const) {
      expect(await statusOf(browser, APP)).toBe(200);
      await impose();
      expect(await statusOf(browser, APP)).toBe(401);
      await lift();
    }
    await setMfaDemand(db, changes, 'administrators');
    expect(await statusOf(browser, APP)).toBe(200);
    await setMfaDemand(db, changes, 'nobody');
  });

  it('lets a trusted device in where our own rules demand a factor, and not where the application does', async () => {
    const { db, changes } = gate.gatelodge.deps;
    await db.totpDevice.updateMany({ data: { lastStep: 0 } });
    const first = visitor();
    const code = await signIn(await startAt(first, APP), 'bert');
    await code.form().submit({ code: phone.code(0), trust_device: 'on' }, { follow: true });
    const name = `gatelodge_trusted_${await idOf('bert')}`;
    const device = visitor();
    await device.cookies.setCookie(`${name}=${await first.cookie(name, AUTH)}; Path=/`, AUTH);
    await setMfaDemand(db, changes, 'everybody');
    await signIn(await startAt(device, ONE), 'bert');
    expect([await statusOf(device, ONE), await statusOf(device, VAULT)]).toEqual([200, 401]);
    expect(asksFor(await startAt(device, VAULT), 'code')).toBe(true);
    await setMfaDemand(db, changes, 'nobody');
  });

  it('asks again for the password after the age that it allows, and for nothing else', async () => {
    const browser = await withPassword();
    await demand(app, { maxSessionAgeSeconds: 900 });
    expect(await statusOf(browser, APP)).toBe(200);
    await age(1000);
    expect(await statusOf(browser, APP)).toBe(401);
    const asked = await startAt(browser, APP);
    expect(asksFor(asked, 'uid_field')).toBe(false);
    const back = await asked.form().submit({ password: 'correct horse battery staple' }, { follow: true });
    expect(back.url.href).toBe(`${APP}/films?a=b`);
    expect(await statusOf(browser, APP)).toBe(200);
    await demand(app, { maxSessionAgeSeconds: null });
  });

  it('lets nobody stay beyond that age because their last answer is remembered', async () => {
    const browser = await withPassword();
    await demand(app, { maxSessionAgeSeconds: 60 });
    await age(50);
    expect(await statusOf(browser, APP)).toBe(200);
    for (let turn = 0; turn < 120 && (await statusOf(browser, APP)) === 200; turn += 1) await sleep(250);
    expect(await statusOf(browser, APP)).toBe(401);
    await demand(app, { maxSessionAgeSeconds: null });
  });

  it('is not opened by an app password, which proves nothing about a person', async () => {
    await createAppPassword(gate.api, 'anna', APP_PASSWORD);
    const basic = `Authorization: Basic ${Buffer.from(`anna:${APP_PASSWORD}`).toString('base64')}`;
    expect(await statusWith([basic], APP)).toBe(200);
    expect(await statusWith([basic], VAULT)).toBe(401);
    await demand(app, { maxSessionAgeSeconds: 900 });
    expect(await statusWith([basic], APP)).toBe(401);
    await demand(app, { maxSessionAgeSeconds: null });
  });
});
