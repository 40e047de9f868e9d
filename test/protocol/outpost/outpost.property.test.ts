// What the outpost promises under attack (security.md, "Outpost"), over raw HTTP against the real server.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addUser, removeUser } from '../../../src/identity/group/membership.ts';
import type { Browser } from '../../support/browser.ts';
import type { Page } from '../../support/page.ts';
import { AUTH, type Gate, openGate, PASSWORD, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';

const APP = 'https://app.home.test';
const FAMILY = 'https://family.home.test';
const DOMAIN = 'https://one.shared.test';
const NAVIGATION = 'Accept: text/html';
const APP_PASSWORD = 'an-app-password-0123456789-abcdefghij';

let gate: Gate;
let cookies: string;

beforeAll(async () => {
  gate = await openGate();
  await gate.protect({ slug: 'app', externalHost: APP });
  await gate.protect({ slug: 'family', externalHost: FAMILY, groups: ['family'] });
  const provider = { mode: 'forward_domain', cookie_domain: 'shared.test' };
  await gate.protect({ slug: 'shared', externalHost: DOMAIN, provider });
  await issueAppPassword('anna', APP_PASSWORD);
});

afterAll(() => gate?.gatelodge.stop());

const visitor = (): Browser =>
  gate.browser(Object.fromEntries([APP, FAMILY, DOMAIN].map((host) => [host, gate.origin])));
const start = (host: string, rd: string) => `${host}/outpost.goauthentik.io/start?rd=${rd}`;
const pathOf = ({ url }: Page) => url.origin + url.pathname;

/** Signs in at the application and stays there: its own pages do not exist here, only where the browser ends counts. */
async function signInAt(host: string, browser: Browser, username = 'anna'): Promise<Page> {
  return signIn(await browser.visit(start(host, '/')), username);
}

async function check(url: string, headers: readonly string[], host = new URL(url).host) {
  const lines = [
    'GET /outpost.goauthentik.io/auth/nginx HTTP/1.1',
    `Host: ${host}`,
    `X-Original-URL: ${url}`,
  ];
  return sendRaw(gate.origin, [...lines, ...headers]);
}

async function issueAppPassword(username: string, key: string): Promise<void> {
  const { deps } = gate.gatelodge;
  const { id } = await deps.db.user.findFirstOrThrow({ where: { username } });
  const token = { identifier: `${username}-app`, intent: 'app_password', user: id };
  await gate.api('POST', 'core/tokens/', token);
  await gate.api('POST', `core/tokens/${username}-app/set_key/`, { key });
}

const basic = (username: string, password: string) =>
  `Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

describe('a host that only looks registered', () => {
  beforeAll(async () => {
    const browser = visitor();
    await signInAt(APP, browser);
    await browser.visit(start(DOMAIN, '/'));
    cookies = `${await browser.cookies.getCookieString(APP)}; ${await browser.cookies.getCookieString(DOMAIN)}`;
  });

  it.each([
    'https://app.home.test.evil.test/',
    'https://evilapp.home.test/',
    'https://evilshared.test/',
    'https://shared.test.evil.test/',
    'https://app.home.test:8443/',
    'https://app.home.test@evil.test/',
    'https://user@app.home.test/',
    'https://[::1]/',
    'https://app.home.test%2eevil.test/',
    'https:app.home.test/',
    '//app.home.test/',
    'javascript:https://app.home.test/',
  ])('opens to nobody: %s', async (url) => {
    expect((await check(url, [`Cookie: ${cookies}`], 'outpost.internal')).status).not.toBe(200);
  });

  it.each([
    'https://app.home.test/',
    'https://APP.home.test/',
    'https://app.home.test./',
    'https://app.home.test:443/x',
    'https://two.shared.test/',
  ])('is not confused with another spelling of a registered one: %s', async (url) =>
    expect((await check(url, [`Cookie: ${cookies}`])).status).toBe(200),
  );
});

describe('headers of the client', () => {
  it('cannot change the address that is judged', async () => {
    const browser = visitor();
    await signInAt(APP, browser, 'bert');
    const bert = `Cookie: ${await browser.cookies.getCookieString(APP)}`;
    const judged = (headers: readonly string[]) => check(`${FAMILY}/`, [bert, ...headers]);
    expect((await judged([`X-Original-URI: ${APP}/`])).status).toBe(401);
    expect((await judged([`X-Original-URL: ${APP}/`])).status).toBe(500);
    expect((await judged(['X-Forwarded-Host: app.home.test', 'X-Forwarded-Uri: /'])).status).toBe(401);
    // A request line with an absolute address: nginx chooses its server by it, and tells us the client's Host header.
    expect((await check(`${APP}/`, [bert], 'family.home.test')).status).toBe(500);
  });

  it('cannot name another host than the one that ingress-nginx has chosen its server by', async () => {
    const browser = visitor();
    await signInAt(APP, browser, 'bert');
    const askedAt = async (query: string) =>
      sendRaw(gate.origin, [
        `GET /outpost.goauthentik.io/auth/nginx${query} HTTP/1.1`,
        ...['Host: gatelodge', `X-Original-URL: ${APP}/`],
        `Cookie: ${await browser.cookies.getCookieString(APP)}`,
      ]);
    expect((await askedAt('?host=app.home.test')).status).toBe(200);
    for (const host of ['family.home.test', 'unknown.test', 'app.home.test.evil.test', '']) {
      expect((await askedAt(`?host=${host}`)).status).toBe(500);
    }
  });

  it('cannot name another application to a Caddy that trusts its own network', async () => {
    const browser = visitor();
    await signInAt(APP, browser, 'bert');
    const forwarded = ['X-Forwarded-Proto: https', 'X-Forwarded-Host: app.home.test', 'X-Forwarded-Uri: /'];
    const askedAt = (host: string) => [
      ...['GET /outpost.goauthentik.io/auth/caddy HTTP/1.1', `Host: ${host}`, ...forwarded],
    ];
    const cookie = `Cookie: ${await browser.cookies.getCookieString(APP)}`;
    expect((await sendRaw(gate.origin, [...askedAt('app.home.test'), cookie])).status).toBe(200);
    expect((await sendRaw(gate.origin, [...askedAt('family.home.test'), cookie])).status).toBe(500);
    // Two that share a host: Caddy chooses between them by the port that it listens on, whatever the Host header says.
    await gate.protect({ slug: 'nas', externalHost: 'https://nas.home.test', groups: ['family'] });
    await gate.protect({ slug: 'nas-too', externalHost: 'https://nas.home.test:8443', groups: ['family'] });
    for (const host of ['nas.home.test', 'nas.home.test:8443', 'nas.home.test:9', 'NAS.home.test.:9'])
      expect((await sendRaw(gate.origin, [...askedAt(host), cookie])).status).toBe(500);
    expect((await sendRaw(gate.origin, [...askedAt('gatelodge:9000'), cookie])).status).toBe(200);
  });

  it('that only a proxy may send count for nothing from anybody else', async () => {
    const strict = await openGate(undefined, { GATELODGE_TRUSTED_PROXIES: '10.0.0.0/8' });
    try {
      await strict.protect({ slug: 'app', externalHost: APP, provider: { skip_path_regex: '.' } });
      const lines = [
        'Host: x',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: app.home.test',
        'X-Forwarded-Uri: /x',
      ];
      const answer = await sendRaw(strict.origin, [
        'GET /outpost.goauthentik.io/auth/traefik HTTP/1.1',
        ...lines,
        NAVIGATION,
      ]);
      expect(answer.status).toBe(500);
      expect(answer.body).toMatch(/GATELODGE_TRUSTED_PROXIES=\S*127\.0\.0\.1\/32/);
      const told = ['Host: app.home.test', 'X-Forwarded-Host: other.test', NAVIGATION];
      const errand = await sendRaw(strict.origin, ['GET /outpost.goauthentik.io/start HTTP/1.1', ...told]);
      expect(errand.status).toBe(302);
    } finally {
      await strict.gatelodge.stop();
    }
  });

  it('cannot be forged by what is said of a person', async () => {
    const attributes = {
      additionalHeaders: {
        'X-Favourite': 'blue\r\nX-authentik-username: akadmin',
        'X-authentik-username': 'akadmin',
        X_authentik_groups: 'Gatelodge Admins',
        'Set-Cookie': 'x=y',
        'bad name': 'x',
        'X-Number': 7,
      },
    };
    const user = await gate.api('POST', 'core/users/', {
      username: 'mallory',
      name: 'Mällory 🙂',
      attributes,
    });
    await gate.api('POST', `core/users/${user.pk}/set_password/`, { password: PASSWORD });
    const browser = visitor();
    await signInAt(APP, browser, 'mallory');
    const { status, headers } = await check(`${APP}/`, [
      `Cookie: ${await browser.cookies.getCookieString(APP)}`,
    ]);
    expect(status).toBe(200);
    expect(headers['x-authentik-username']).toEqual(['mallory']);
    expect(headers['x-authentik-name']).toEqual(['Mällory 🙂']);
    expect(headers['x-favourite']).toEqual(['blue X-authentik-username: akadmin']);
    expect(headers['x-number']).toEqual(['7']);
    for (const name of ['x_authentik_groups', 'set-cookie', 'bad name'])
      expect(headers).not.toHaveProperty([name]);
  });
});

describe('a cookie', () => {
  it('of another application opens nothing', async () => {
    const browser = visitor();
    await signInAt(APP, browser);
    const [, token] = /gatelodge_proxy_\d+=([\w-]+)/.exec(await browser.cookies.getCookieString(APP)) ?? [];
    const family = await gate.gatelodge.deps.db.proxyProvider.findFirstOrThrow({
      where: { externalHost: FAMILY },
    });
    const { status } = await check(`${FAMILY}/`, [`Cookie: gatelodge_proxy_${family.providerId}=${token}`]);
    expect(status).toBe(401);
  });

  it.each([
    ['the person signs out', (browser: Browser) => browser.visit(`${APP}/outpost.goauthentik.io/sign_out`)],
    ['the person is deactivated', () => setActive('carol', false)],
  ])('is dead as soon as %s', async (_, act) => {
    await createCarol();
    const browser = visitor();
    await signInAt(APP, browser, 'carol');
    const replayed = `Cookie: ${await browser.cookies.getCookieString(APP)}`;
    expect((await check(`${APP}/`, [replayed])).status).toBe(200);
    await act(browser);
    expect((await check(`${APP}/`, [replayed])).status).toBe(401);
  });

  async function createCarol(): Promise<void> {
    const found = await gate.api('GET', 'core/users/?username=carol');
    if ((found.results as unknown[]).length > 0) return;
    const user = await gate.api('POST', 'core/users/', { username: 'carol', name: 'Carol' });
    await gate.api('POST', `core/users/${user.pk}/set_password/`, { password: PASSWORD });
  }

  async function setActive(username: string, isActive: boolean): Promise<void> {
    const found = await gate.api('GET', `core/users/?username=${username}`);
    const [{ pk }] = found.results as [{ pk: number }];
    await gate.api('PATCH', `core/users/${pk}/`, { is_active: isActive });
  }
});

describe('who may open an application', () => {
  it('is also who is in a group below the one that may, until that hangs there no more', async () => {
    const staff = await gate.api('POST', 'core/groups/', { name: 'staff' });
    const night = await gate.api('POST', 'core/groups/', { name: 'night', parents: [staff.pk] });
    await gate.protect({ slug: 'staffed', externalHost: 'https://staffed.shared.test', groups: ['staff'] });
    const { id } = await gate.gatelodge.deps.db.user.findFirstOrThrow({ where: { username: 'anna' } });
    const header = basic('anna', APP_PASSWORD);
    const asked = () => check('https://staffed.shared.test/', [header]);
    expect((await asked()).status).toBe(403);
    await gate.api('POST', `core/groups/${night.pk}/add_user/`, { pk: id });
    const { status, headers } = await asked();
    expect(status).toBe(200);
    expect(headers['x-authentik-groups']?.join().split('|')).toEqual(
      expect.arrayContaining(['night', 'staff']),
    );
    await gate.api('PATCH', `core/groups/${night.pk}/`, { parents: [] });
    expect((await asked()).status).toBe(403);
    await gate.api('DELETE', `core/groups/${night.pk}/`);
  });
});

describe('a check by nginx', () => {
  it('is no errand, whatever its address says: nginx can pass no redirect on, and nobody is to be signed out by it', async () => {
    const browser = visitor();
    await signInAt(APP, browser);
    const cookie = `Cookie: ${await browser.cookies.getCookieString(APP)}`;
    for (const sign of ['X-authentik-logout=true', 'X-authentik-auth-callback=true', '']) {
      expect((await check(`${APP}/?${sign}`, [cookie])).status).toBe(200);
      expect((await check(`${APP}/?${sign}`, [])).status).toBe(401);
    }
  });
});

describe('an address that everybody may open', () => {
  it('tells nobody’s name to it, and opens no other one to whom the rules refuse', async () => {
    const LISTED = 'https://listed.home.test';
    const provider = { skip_path_regex: '^/open$' };
    await gate.protect({ slug: 'listed', externalHost: LISTED, groups: ['family'], provider });
    const browser = gate.browser({ [LISTED]: gate.origin });
    await signInAt(LISTED, browser, 'anna');
    const { db, changes } = gate.gatelodge.deps;
    const { id } = await db.user.findFirstOrThrow({ where: { username: 'anna' } });
    const cookie = `Cookie: ${await browser.cookies.getCookieString(LISTED)}`;
    const asked = (path: string) => check(`${LISTED}${path}`, [cookie]);
    expect((await asked('/open')).headers['x-authentik-username']).toEqual(['anna']);
    const family = await db.group.findFirstOrThrow({ where: { name: 'family' } });
    await removeUser(db, changes, family.id, id);
    const open = await asked('/open');
    expect([open.status, open.headers['x-authentik-username']]).toEqual([200, ['']]);
    expect((await asked('/')).status).toBe(403);
    await addUser(db, changes, family.id, id);
  });
});

describe('where `rd` leads', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = visitor();
    await signInAt(APP, browser);
  });

  it.each([
    ['/films?a=b', `${APP}/films?a=b`],
    ['/films?a=b&c=d', `${APP}/films?a=b&c=d`],
    [encodeURIComponent(`${APP}/films?a=b&c=d`), `${APP}/films?a=b&c=d`],
    [`${APP}/films?a=b&c=%26`, `${APP}/films?a=b&c=%26`],
    ['http://app.home.test/films', `${APP}/films`],
    ['https://app.home.test%2Ffilms%3Fa%3Db%26c%3Dd', `${APP}/films?a=b&c=d`],
    ['https://evil.test%2Fapp.home.test%2Ffilms', `${APP}/`],
    ['films', `${APP}/films`],
    ['', `${APP}/`],
    ['//evil.test/', `${APP}/`],
    ['/%09/evil.test/', `${APP}/%09/evil.test/`],
    ['%2F%5Cevil.test', `${APP}/`],
    ['/\\evil.test', `${APP}/`],
    ['https://app.home.test.evil.test/', `${APP}/`],
    ['https://evilapp.home.test/', `${APP}/`],
    ['https://below.app.home.test/', `${APP}/`],
    ['https://app.home.test/films%0d%0aSet-Cookie:%20x=y', `${APP}/films%0d%0aSet-Cookie:%20x=y`],
    ['https://%E2%93%94%E2%93%A5%E2%93%98%E2%93%9B.test/', `${APP}/`],
    ['https://app.home.test%E3%80%82evil.test/', `${APP}/`],
    ['https:evil.test', `${APP}/evil.test`],
    ['https://evil.test/?https://app.home.test/', `${APP}/`],
    ['https://app.home.test@evil.test/', `${APP}/`],
    ['https://user:pass@app.home.test/', `${APP}/`],
    ['https://app.home.test:8443/', `${APP}/`],
    ['https://family.home.test/', `${APP}/`],
    ['javascript:alert(1)', `${APP}/`],
    ['javascript://app.home.test/%0aalert(1)', `${APP}/`],
    ['data:text/html,x', `${APP}/`],
    [`/${'x'.repeat(9000)}`, `${APP}/`],
    ['%', `${APP}/%`],
    ['/outpost.goauthentik.io/start', `${APP}/`],
  ])('%s', async (rd, expected) => {
    // Six sign-ins in half a minute are the most for one session.
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    let page = await browser.get(start(APP, rd));
    while (page.location && page.location.pathname !== new URL(expected).pathname)
      page = await page.followRedirect();
    expect(page.location?.href).toBe(expected);
  });

  it('is no errand of ours: that would lead round in a circle, or out again', async () => {
    for (const errand of ['start', 'callback', 'sign_out']) {
      const address = `${APP}/outpost.goauthentik.io/${errand}`;
      const { location } = await browser.get(start(APP, encodeURIComponent(address)));
      expect(location?.searchParams.get('rd')).toBe(`${APP}/`);
    }
  });

  it('is any host of a shared domain, and no other', async () => {
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    const ends = async (rd: string) => {
      let page = await browser.get(start(DOMAIN, encodeURIComponent(rd)));
      while (page.location?.host.endsWith('home.test') || page.location?.pathname.startsWith('/outpost')) {
        page = await page.followRedirect();
      }
      return page.location?.href;
    };
    expect(await ends('https://two.shared.test/x?y=z')).toBe('https://two.shared.test/x?y=z');
    expect(await ends('https://evilshared.test/')).toBe(`${DOMAIN}/`);
    expect(await ends('https://shared.test.evil.test/')).toBe(`${DOMAIN}/`);
  });
});

describe('a return from the sign-in', () => {
  let browser: Browser;
  beforeEach(async () => {
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    browser = visitor();
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
    let page = await session.get(start(APP, rd));
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
    await signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    expect((await browser.get(callback.href)).location?.href).toBe(`${APP}/films`);
    const again = await land(await browser.get(callback.href));
    expect(again.location?.href).toBe(`${APP}/films`);
  });

  it('that is over a minute old ends where it led', async () => {
    await signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    await gate.gatelodge.deps.db.outpostTicket.updateMany({ data: { expiresAt: new Date(0) } });
    const answer = await browser.get(callback.href);
    expect(sessionCookies(answer)).toEqual([]);
    expect((await land(answer)).location?.href).toBe(`${APP}/films`);
  });

  it('signs no other browser in: not with the address of a victim, and not with that of an attacker', async () => {
    await signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    const other = visitor();
    // It has a cookie of its own at the application, as anybody who has been sent to sign in there.
    await other.get(start(APP, '/'));
    const page = await other.visit(callback.href);
    expect(pathOf(page)).toBe(`${AUTH}/if/flow/default-authentication-flow/`);
    expect(await other.cookies.getCookieString(APP)).not.toMatch(/gatelodge_proxy_\d/);
  });

  it.each([FAMILY, DOMAIN])('is good at its own application only: %s', async (other) => {
    await signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    // Whoever asks may send every host the same cookie.
    const cookie = await browser.cookies.getCookieString(APP);
    const answer = await browser.get(`${other}${callback.pathname}${callback.search}`, {
      headers: { cookie },
    });
    expect(sessionCookies(answer)).toEqual([]);
  });

  it('leads to no errand of ours, whatever was written into it', async () => {
    await signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    callback.searchParams.set('rd', `${APP}/outpost.goauthentik.io/sign_out`);
    expect((await browser.get(callback.href)).location?.href).toBe(`${APP}/`);
  });

  it('starts nothing when the person has signed out meanwhile', async () => {
    await signInAt(APP, browser);
    const callback = await callbackOf(browser, '/films');
    const { db, sessions } = gate.gatelodge.deps;
    await sessions.endAllOf((await db.user.findFirstOrThrow({ where: { username: 'anna' } })).id);
    const answer = await browser.get(callback.href);
    expect(sessionCookies(answer)).toEqual([]);
    expect((await land(answer)).url.pathname).toBe('/if/flow/default-authentication-flow/');
  });

  it('is redeemed once, also by ten requests at the same time', async () => {
    await signInAt(APP, browser);
    const before = await gate.gatelodge.deps.db.outpostSession.count();
    const callback = await callbackOf(browser, '/films');
    await Promise.all(Array.from({ length: 10 }, () => browser.get(callback.href)));
    expect(await gate.gatelodge.deps.db.outpostSession.count()).toBe(before + 1);
  });

  it("ends at each tab's own address when two tabs sign in", async () => {
    const one = await browser.visit(start(APP, '/one'));
    const two = await browser.visit(start(APP, '/two'));
    const first = await (await one.form().submit({ uid_field: 'anna' }, { follow: true }))
      .form()
      .submit({ password: PASSWORD });
    expect((await land(first)).location?.href).toBe(`${APP}/one`);
    expect((await land(await browser.get(two.url.href))).location?.href).toBe(`${APP}/two`);
  });

  it('tells a browser that keeps no cookies, instead of going round for ever', async () => {
    await signInAt(APP, browser);
    const session = await browser.cookies.getCookieString(AUTH);
    const forgetful = visitor();
    let page = await forgetful.get(start(APP, '/'));
    for (let step = 0; page.location && step < 40; step += 1) {
      await forgetful.cookies.removeAllCookies();
      const isAuth = page.location.origin === AUTH;
      page = await forgetful.get(page.location.href, isAuth ? { headers: { cookie: session } } : {});
    }
    expect(page.text()).toContain('Your browser does not stay signed in');
  });
});

describe("our own host's part in a sign-in", () => {
  let browser: Browser;
  const handOver = async (slug: string, query: Readonly<Record<string, string>>) => {
    await gate.gatelodge.deps.db.outpostTicket.deleteMany();
    return (await browser.get(`${AUTH}/application/outpost/${slug}/?${new URLSearchParams(query)}`)).location;
  };
  const browserHash = 'a'.repeat(64);
  const EVIL = [
    'https://evil.test',
    '//evil.test',
    'https://app.home.test.evil.test',
    'https://evilapp.home.test',
    'https://app.home.test@evil.test',
    'https://evilshared.test',
    'https://app.home.test:8443',
    'javascript:alert(1)',
    '/\\evil.test',
  ];

  beforeAll(async () => {
    browser = visitor();
    await signInAt(APP, browser);
  });

  it.each(EVIL)('sends no ticket to another host, nor the person after it: %s', async (address) => {
    for (const [slug, host] of [
      ['app', APP],
      ['shared', DOMAIN],
    ] as const) {
      const location = await handOver(slug, { browser: browserHash, at: address, rd: address });
      expect(location?.origin).toBe(host);
      expect(location?.searchParams.get('ticket')).toMatch(/^[\w-]{43}$/);
      expect(new URL(location?.searchParams.get('rd') ?? '').origin).toBe(host);
    }
  });

  it.each(EVIL)('is no way to elsewhere for those whom no application has sent: %s', async (address) => {
    expect((await handOver('app', { rd: address }))?.href).toBe(`${APP}/`);
    expect((await handOver('app', { rd: address, browser: 'nonsense' }))?.href).toBe(`${APP}/`);
  });

  it('sends no ticket in the clear for an application that is reached by https', async () => {
    for (const at of [
      'http://two.shared.test',
      'http://two.shared.test:8080',
      'http://two.shared.test:443',
    ]) {
      const location = await handOver('shared', { browser: browserHash, at, rd: at });
      expect([at, location?.protocol]).toEqual([at, 'https:']);
    }
  });

  it('sends the ticket to the host of the domain that was visited', async () => {
    const at = 'https://two.shared.test';
    expect((await handOver('shared', { browser: browserHash, at, rd: at }))?.origin).toBe(at);
  });
});

describe('credentials in the Authorization header', () => {
  it("are an app password, with its owner's name", async () => {
    const { status, headers } = await check(`${FAMILY}/`, [basic('Anna', APP_PASSWORD)]);
    expect(status).toBe(200);
    expect(headers['x-authentik-username']).toEqual(['anna']);
  });

  it('open each application for itself, one after another', async () => {
    const header = basic('anna', APP_PASSWORD);
    for (const host of [APP, FAMILY, APP, FAMILY])
      expect((await check(`${host}/`, [header])).status).toBe(200);
  });

  it('are refused where the access rules refuse their owner', async () => {
    await issueAppPassword('bert', `bert-${APP_PASSWORD}`);
    expect((await check(`${FAMILY}/`, [basic('bert', `bert-${APP_PASSWORD}`)])).status).toBe(403);
  });

  it.each([
    ['the login password', basic('anna', PASSWORD)],
    ["another person's app password", basic('bert', APP_PASSWORD)],
    ['an API token', basic('akadmin', 'suite-token-0123456789abcdefghijklmnopqrstuvwxyz')],
    ['an API token as bearer', 'Authorization: Bearer suite-token-0123456789abcdefghijklmnopqrstuvwxyz'],
    ['no password', basic('anna', '')],
    ['what is no Basic header', 'Authorization: Basic !!!'],
  ])('open nothing when they are %s', async (_, header) => {
    expect((await check(`${APP}/`, [header])).status).toBe(401);
  });

  it('stop counting when the app password is taken back', async () => {
    await gate.api('POST', 'core/tokens/', { identifier: 'gone', intent: 'app_password' });
    await gate.api('POST', 'core/tokens/gone/set_key/', { key: `gone-${APP_PASSWORD}` });
    const header = basic('akadmin', `gone-${APP_PASSWORD}`);
    expect((await check(`${APP}/`, [header])).status).toBe(200);
    await gate.api('DELETE', 'core/tokens/gone/');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await check(`${APP}/`, [header])).status).toBe(401);
  });

  it('say what is true of their owner now, whoever told of it', async () => {
    const { db } = gate.gatelodge.deps;
    const { id } = await db.user.findFirstOrThrow({ where: { username: 'anna' } });
    const prefer = (colour: string) => ({ attributes: { additionalHeaders: { 'X-Colour': colour } } });
    await gate.api('PATCH', `core/users/${id}/`, prefer('blue'));
    await gate.settle();
    const colour = async () => {
      const { headers } = await check(`${FAMILY}/`, [basic('anna', APP_PASSWORD)]);
      return headers['x-colour'];
    };
    expect(await colour()).toEqual(['blue']);
    await db.user.update({ where: { id }, data: prefer('red') });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await colour()).toEqual(['red']);
    await gate.api('PATCH', `core/users/${id}/`, { attributes: {} });
  });

  it('are passed by where the application wants them for itself', async () => {
    const provider = { intercept_header_auth: false };
    await gate.protect({ slug: 'own', externalHost: 'https://own.home.test', provider });
    expect((await check('https://own.home.test/', [basic('anna', APP_PASSWORD)])).status).toBe(401);
  });

  it('cannot be guessed: attempts are limited, for the account and for the address', async () => {
    const guesses = Array.from({ length: 30 }, (_, index) =>
      check(`${APP}/`, [basic('anna', `guess-${index}`), 'X-Forwarded-For: 198.51.100.9']),
    );
    for (const { status } of await Promise.all(guesses)) expect(status).toBe(401);
    const lockouts = await gate.gatelodge.deps.db.lockout.findMany({
      where: { blockedUntil: { gt: new Date() } },
    });
    expect(lockouts.map(({ key }) => key)).toContain('address:198.51.100.9');
    // While the guesser waits, the right password is not even looked at; a session goes on.
    const guesser = await check(`${FAMILY}/`, [
      basic('anna', `${APP_PASSWORD}-`),
      'X-Forwarded-For: 198.51.100.9',
    ]);
    expect(guesser.status).toBe(401);
  });

  it('that are wrong lock nobody out by being repeated', async () => {
    const header = basic('akadmin', 'an-old-password-of-some-program');
    for (let poll = 0; poll < 20; poll += 1)
      await check(`${APP}/`, [header, 'X-Forwarded-For: 198.51.100.77']);
    const address = await gate.gatelodge.deps.db.lockout.findUnique({
      where: { key: 'address:198.51.100.77' },
    });
    expect(address?.failures).toBe(1);
  });
});

describe('a form that arrives without a session', () => {
  it('is not sent round through the sign-in, where it would be lost, but explained', async () => {
    const lines = [
      'Host: x',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: app.home.test',
      'X-Forwarded-Uri: /save',
    ];
    const method = 'X-Forwarded-Method: POST';
    const { status, body } = await sendRaw(gate.origin, [
      'GET /outpost.goauthentik.io/auth/traefik HTTP/1.1',
      ...lines,
      method,
      NAVIGATION,
    ]);
    expect(status).toBe(401);
    expect(body).toContain('was not delivered');
    expect(body).toContain('/outpost.goauthentik.io/start?rd=https%3A%2F%2Fapp.home.test%2Fsave');
  });
});
