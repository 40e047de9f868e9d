// The return from a sign-in to an application: a ticket is good once, soon, there, and in the browser that asked for it;
// whoever comes with another one is not lost.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from '../../support/browser.ts';
import type { Page } from '../../support/page.ts';
import { AUTH, PASSWORD } from './gate.ts';
import { APP, DOMAIN, FAMILY, type GateOfThree, openGateOfThree, pathOf, startAt } from './gate-of-three.ts';

let gate: GateOfThree;

beforeAll(async () => {
  gate = await openGateOfThree();
});

afterAll(() => gate?.gatelodge.stop());

describe('a return from the sign-in', () => {
  let browser: Browser;
  beforeEach(async () => {
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    browser = gate.visitor();
  });

  /** Follows redirects as long as they lead to Gatelodge. */
  async function land(page: Page): Promise<Page> {
    let last = page;
    for (let step = 0; last.location && step < 20; step += 1) {
      const isOurs = last.location.origin === AUTH || last.location.pathname.startsWith('/outpost');
      if (!isOurs) return last;
      last = await last.followRedirect();
    }
    return last;
  }

  function sessionCookies({ headers }: Page): string[] {
    return [headers['set-cookie'] ?? []].flat().filter((cookie) => /^gatelodge_proxy_\d/.test(cookie));
  }

  async function callbackOf(session: Browser, rd: string): Promise<URL> {
    let page = await session.get(startAt(APP, rd));
    while (page.location && page.location.pathname !== '/outpost.goauthentik.io/callback')
      page = await page.followRedirect();
    if (!page.location) throw new Error('no callback');
    return page.location;
  }

  it.each([
    ['without anything', ''],
    [
      'with a ticket that never was',
      '?ticket=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&rd=https://app.home.test/films',
    ],
    ['as an older version sends it', '?code=abc&state=eyJhbGciOiJIUzI1NiJ9.e30.x'],
  ])('%s starts the sign-in again', async (_, query) => {
    const page = await browser.visit(`${APP}/outpost.goauthentik.io/callback${query}`);
    expect(pathOf(page)).toBe(`${AUTH}/if/flow/default-authentication-flow/`);
  });

  it('that was used before ends where it led, not in an error', async () => {
    await gate.signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    expect((await browser.get(callback.href)).location?.href).toBe(`${APP}/films`);
    const again = await land(await browser.get(callback.href));
    expect(again.location?.href).toBe(`${APP}/films`);
  });

  it('that is over a minute old ends where it led', async () => {
    await gate.signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    await gate.gatelodge.deps.db.outpostTicket.updateMany({ data: { expiresAt: new Date(0) } });
    const answer = await browser.get(callback.href);
    expect(sessionCookies(answer)).toEqual([]);
    expect((await land(answer)).location?.href).toBe(`${APP}/films`);
  });

  it('signs no other browser in: not with the address of a victim, and not with that of an attacker', async () => {
    await gate.signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    const other = gate.visitor();
    // It has a cookie of its own at the application, as anybody who has been sent to sign in there.
    await other.get(startAt(APP, '/'));
    const page = await other.visit(callback.href);
    expect(pathOf(page)).toBe(`${AUTH}/if/flow/default-authentication-flow/`);
    expect(await other.cookies.getCookieString(APP)).not.toMatch(/gatelodge_proxy_\d/);
  });

  it.each([FAMILY, DOMAIN])('is good at its own application only: %s', async (other) => {
    await gate.signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    // Whoever asks may send every host the same cookie.
    const cookie = await browser.cookies.getCookieString(APP);
    const answer = await browser.get(`${other}${callback.pathname}${callback.search}`, {
      headers: { cookie },
    });
    expect(sessionCookies(answer)).toEqual([]);
  });

  it('leads to no errand of ours, whatever was written into it', async () => {
    await gate.signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    callback.searchParams.set('rd', `${APP}/outpost.goauthentik.io/sign_out`);
    expect((await browser.get(callback.href)).location?.href).toBe(`${APP}/`);
  });

  it('starts nothing when the person has signed out meanwhile', async () => {
    await gate.signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    const { db, sessions } = gate.gatelodge.deps;
    await sessions.endAllOf((await db.user.findFirstOrThrow({ where: { username: 'anna' } })).id);
    const answer = await browser.get(callback.href);
    expect(sessionCookies(answer)).toEqual([]);
    expect((await land(answer)).url.pathname).toBe('/if/flow/default-authentication-flow/');
  });

  it('is redeemed once, also by ten requests at the same time', async () => {
    await gate.signInAt(APP, browser);
    const before = await gate.gatelodge.deps.db.outpostSession.count();
    const callback = await callbackOf(browser, '/films');
    await Promise.all(Array.from({ length: 10 }, () => browser.get(callback.href)));
    expect(await gate.gatelodge.deps.db.outpostSession.count()).toBe(before + 1);
  });

  it("ends at each tab's own address when two tabs sign in", async () => {
    const one = await browser.visit(startAt(APP, '/one'));
    const two = await browser.visit(startAt(APP, '/two'));
    const first = await (await one.form().submit({ uid_field: 'anna' }, { follow: true }))
      .form()
      .submit({ password: PASSWORD });
    expect((await land(first)).location?.href).toBe(`${APP}/one`);
    expect((await land(await browser.get(two.url.href))).location?.href).toBe(`${APP}/two`);
  });

  it('tells a browser that keeps no cookies, instead of going round for ever', async () => {
    await gate.signInAt(APP, browser);
    const session = await browser.cookies.getCookieString(AUTH);
    const forgetful = gate.visitor();
    let page = await forgetful.get(startAt(APP, '/'));
    for (let step = 0; page.location && step < 40; step += 1) {
      await forgetful.cookies.removeAllCookies();
      const isAuth = page.location.origin === AUTH;
      page = await forgetful.get(page.location.href, isAuth ? { headers: { cookie: session } } : {});
    }
    expect(page.text()).toContain('Your browser does not stay signed in');
  });
});
