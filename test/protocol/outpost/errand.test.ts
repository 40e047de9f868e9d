// The errands of a browser at an application's host: every address that names one, the cookies that come of it, and where
// the way out leads.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser } from '../../support/browser.ts';
import type { Page } from '../../support/page.ts';
import { AUTH, type Gate, openGate, PASSWORD, signIn } from './gate.ts';
import { type RawAnswer, sendRaw } from './raw-request.ts';

const APP = 'https://app.home.test';
const ONE = 'http://one.shared.test';
const OUTPOST = '/outpost.goauthentik.io';
const SIGNED_OUT = `${AUTH}/if/flow/default-invalidation-flow/`;

let gate: Gate;

beforeAll(async () => {
  gate = await openGate();
  await gate.protect({ slug: 'app', externalHost: APP });
  const provider = { mode: 'forward_domain', cookie_domain: 'shared.test' };
  await gate.protect({ slug: 'shared', externalHost: ONE, provider });
});
afterAll(() => gate?.gatelodge.stop());

/** As the browser's own request reaches us through its proxy. */
const reach = (target: string, { method = 'GET', host = APP, cookie = '' } = {}) =>
  sendRaw(gate.origin, [`${method} ${target} HTTP/1.1`, ...hostLines(host), `Cookie: ${cookie}`]);

/** As a proxy that routes nothing to us asks about the same request. */
const ask = (dialect: string, target: string, cookie = '') =>
  sendRaw(gate.origin, [
    `GET ${OUTPOST}/auth/${dialect} HTTP/1.1`,
    ...hostLines(APP, 'X-Forwarded-Host'),
    'Host: outpost.internal',
    `X-Forwarded-Uri: ${target}`,
    'Accept: text/html',
    `Cookie: ${cookie}`,
  ]);

function hostLines(origin: string, header = 'Host'): string[] {
  const { host, protocol } = new URL(origin);
  return [`${header}: ${host}`, `X-Forwarded-Proto: ${protocol.slice(0, -1)}`];
}

const locationOf = ({ headers }: RawAnswer) => new URL(headers.location?.[0] ?? 'none:');

async function signedIn(host = APP): Promise<Browser> {
  const browser = gate.browser({ [APP]: gate.origin, [ONE]: gate.origin });
  await signIn(await browser.visit(`${host}${OUTPOST}/start?rd=/`), 'anna');
  return browser;
}

async function statusOf(cookie: string): Promise<number> {
  const lines = [`GET ${OUTPOST}/auth/nginx HTTP/1.1`, 'Host: app.home.test', `X-Original-URL: ${APP}/`];
  return (await sendRaw(gate.origin, [...lines, `Cookie: ${cookie}`])).status;
}

describe('the start of a sign-in', () => {
  it.each([
    ['GET', 'start'],
    ['HEAD', 'start'],
    ['POST', 'start'],
    ['GET', 'sign_in'],
  ])('leads to the sign-in, with the way back: %s %s', async (method, name) => {
    const answer = await reach(`${OUTPOST}/${name}?rd=%2Ffilms%3Fa%3Db`, { method });
    expect(answer.status).toBe(302);
    expect(locationOf(answer).origin).toBe(AUTH);
    expect(locationOf(answer).searchParams.get('rd')).toBe(`${APP}/films?a=b`);
    expect(answer.headers['set-cookie']).toHaveLength(1);
    expect(answer.body).toBe('');
  });
});

describe('the language of a sign-in', () => {
  const languageOf = ({ document }: Page) => document.querySelector('html')?.getAttribute('lang');
  const english = () =>
    new Browser({
      origin: AUTH,
      proxied: { [AUTH]: gate.origin, [APP]: gate.origin },
      headers: { 'accept-language': 'en' },
    });

  it('is the one that the start names, on every page until its end', async () => {
    const browser = english();
    let page = await browser.visit(`${APP}${OUTPOST}/start?rd=%2Ffilms&ui_locales=fr-CA%20de%20en`);
    expect([page.url.origin, languageOf(page)]).toEqual([AUTH, 'de']);
    page = await page.form().submit({ uid_field: 'anna' }, { follow: true });
    expect(languageOf(page)).toBe('de');
    page = await page.form().submit({ password: 'wrong' }, { follow: true });
    expect([page.status, languageOf(page)]).toEqual([400, 'de']);
    page = await page.form().submit({ password: PASSWORD });
    while (page.location && page.location.origin !== APP) page = await page.followRedirect();
    expect(page.location?.pathname).toBe(`${OUTPOST}/callback`);
  });

  it.each([
    ['that we do not speak', '&ui_locales=se'],
    ['that is none', '&ui_locales=%00%3Cb%3E'],
    ['that is empty', '&ui_locales='],
    ['that is not named', ''],
  ])('is the browser’s own in place of one %s', async (_, query) => {
    const page = await english().visit(`${APP}${OUTPOST}/start?rd=%2Ffilms${query}`);
    expect([page.status, languageOf(page)]).toEqual([200, 'en']);
  });

  it('does not become part of the address that is returned to', async () => {
    const answer = await reach(`${OUTPOST}/start?rd=%2Ffilms&ui_locales=de`);
    expect(locationOf(answer).searchParams.get('rd')).toBe(`${APP}/films`);
    expect(locationOf(answer).searchParams.get('ui_locales')).toBe('de');
  });
});

describe('a return from the sign-in', () => {
  async function returnOf(browser: Browser): Promise<{ query: string; cookie: string }> {
    let page = await browser.get(`${APP}${OUTPOST}/start?rd=/films`);
    while (page.location && !page.location.pathname.endsWith('/callback')) page = await page.followRedirect();
    const cookies = await browser.cookies.getCookies(APP);
    const own = cookies.filter(({ key }) => !/^gatelodge_proxy_\d+$/.test(key));
    return { query: page.location?.search ?? '', cookie: own.map((each) => each.cookieString()).join('; ') };
  }

  it.each([
    ['at its own path', (query: string, cookie: string) => reach(`${OUTPOST}/callback${query}`, { cookie })],
    ['at any path, by its query', (query: string, cookie: string) => reach(`/any${query}`, { cookie })],
    ['told by Traefik', (query: string, cookie: string) => ask('traefik', `/any${query}`, cookie)],
    ['told by Caddy', (query: string, cookie: string) => ask('caddy', `/any${query}`, cookie)],
    [
      'told by Traefik at its path',
      (query: string, cookie: string) => ask('traefik', `${OUTPOST}/callback${query}`, cookie),
    ],
  ])('brings the cookie and leads on: %s', async (_, arrive) => {
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    const { query, cookie } = await returnOf(await signedIn());
    expect(query).toContain('X-authentik-auth-callback=true');
    const answer = await arrive(query, cookie);
    expect(answer.status).toBe(302);
    expect(locationOf(answer).href).toBe(`${APP}/films`);
    expect(await statusOf(cookieOf(answer))).toBe(200);
  });

  it('is not taken from what only looks like its query', async () => {
    for (const query of [
      '?X-authentik-auth-callback=false',
      '?x=X-authentik-auth-callback=true',
      '?X-authentik-auth-callback=truely',
    ]) {
      expect((await reach(`/any${query}`)).status).toBe(404);
    }
  });

  it('brings a cookie that no script reads, no foreign site sends, and no other host gets', async () => {
    const { query, cookie } = await returnOf(await signedIn());
    const answer = await reach(`${OUTPOST}/callback${query}`, { cookie });
    expect(attributesOf(answer)).toEqual(
      expect.arrayContaining(['httponly', 'samesite=lax', 'path=/', 'secure']),
    );
    expect(attributesOf(answer).join()).not.toContain('domain');
    expect(tokenOf(answer)).toMatch(/^[\w-]{43}$/);
  });

  it('stores the cookie by its hash alone', async () => {
    const { query, cookie } = await returnOf(await signedIn());
    const token = tokenOf(await reach(`${OUTPOST}/callback${query}`, { cookie }));
    const stored = JSON.stringify(await gate.gatelodge.deps.db.outpostSession.findMany());
    expect(stored).not.toContain(token);
    expect(stored).toContain(createHash('sha256').update(token).digest('hex'));
  });

  it('brings a cookie for the whole of a shared domain, also over http', async () => {
    const browser = await signedIn(ONE);
    const cookies = await browser.cookies.getCookies('http://two.shared.test/');
    const [cookie] = cookies.filter(({ key }) => /^gatelodge_proxy_\d/.test(key));
    expect(cookie).toMatchObject({
      domain: 'shared.test',
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: false,
    });
  });
});

describe('the way out', () => {
  it.each([
    ['at its own path', (cookie: string) => reach(`${OUTPOST}/sign_out`, { cookie })],
    ['by POST', (cookie: string) => reach(`${OUTPOST}/sign_out`, { method: 'POST', cookie })],
    ['at any path, by its query', (cookie: string) => reach('/any?X-authentik-logout=true', { cookie })],
    ['told by Traefik', (cookie: string) => ask('traefik', '/any?a=b&X-authentik-logout=true', cookie)],
    ['told by Caddy', (cookie: string) => ask('caddy', `${OUTPOST}/sign_out`, cookie)],
  ])('ends the session: %s', async (_, leave) => {
    const cookie = await (await signedIn()).cookies.getCookieString(APP);
    expect(await statusOf(cookie)).toBe(200);
    const answer = await leave(cookie);
    expect(answer.status).toBe(302);
    expect(locationOf(answer).href).toBe(SIGNED_OUT);
    expect(await statusOf(cookie)).toBe(401);
  });

  it.each([
    [`rd=${encodeURIComponent(`${APP}/bye?a=b`)}`, `${APP}/bye?a=b`],
    [`redirect_uri=${encodeURIComponent(`${APP}/bye`)}`, `${APP}/bye`],
    [`post_logout_redirect_uri=${encodeURIComponent(`${APP}/bye`)}`, `${APP}/bye`],
    ['rd=https://evil.test/', SIGNED_OUT],
    ['redirect_uri=//evil.test/', SIGNED_OUT],
    ['redirect_uri=https://app.home.test.evil.test/', SIGNED_OUT],
    ['redirect_uri=https://app.home.test@evil.test/', SIGNED_OUT],
    ['post_logout_redirect_uri=javascript:alert(1)', SIGNED_OUT],
    [`rd=https://evil.test/&redirect_uri=${encodeURIComponent(`${APP}/bye`)}`, `${APP}/bye`],
    ['', SIGNED_OUT],
  ])('leads no further than the application: %s', async (query, expected) => {
    const answer = await reach(`${OUTPOST}/sign_out?${query}`);
    expect(answer.status).toBe(302);
    expect(locationOf(answer).href).toBe(expected);
  });
});

function proxyCookieOf({ headers }: RawAnswer): string {
  return headers['set-cookie']?.find((each) => /^gatelodge_proxy_\d+=/.test(each)) ?? '';
}

const cookieOf = (answer: RawAnswer) => proxyCookieOf(answer).split(';', 1)[0] ?? '';
const tokenOf = (answer: RawAnswer) => cookieOf(answer).split('=')[1] ?? '';

function attributesOf(answer: RawAnswer): string[] {
  return proxyCookieOf(answer).toLowerCase().split('; ').slice(1);
}
