// One table of cases, asked in every dialect: the same verdict, in the words that each proxy understands.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ANNA, allowGroup, type Gate, openGate, signIn } from './gate.ts';
import { type RawAnswer, sendRaw } from './raw-request.ts';

const IDENTITY = [
  ...['username', 'groups', 'entitlements', 'email', 'name', 'uid', 'jwt'],
  ...['meta-jwks', 'meta-outpost', 'meta-provider', 'meta-app', 'meta-version'],
].map((name) => `x-authentik-${name}`);

interface Asked {
  readonly url: string;
  readonly headers?: readonly string[];
}

interface Speaker {
  readonly name: string;
  readonly signIn: number;
  readonly signInFromScript: number;
  readonly lines: (asked: URL) => string[];
}

const AUTH = '/outpost.goauthentik.io/auth';
const forwarded = ({ protocol, host, pathname, search }: URL) => [
  'Host: outpost.internal:9000',
  `X-Forwarded-Proto: ${protocol.slice(0, -1)}`,
  `X-Forwarded-Host: ${host}`,
  `X-Forwarded-Uri: ${pathname}${search}`,
];
const original = (url: URL) => [`Host: ${url.host}`, `X-Original-URL: ${url}`];

// biome-ignore format: a table
const SPEAKERS: readonly Speaker[] = [
  { name: 'nginx',         signIn: 401, signInFromScript: 401, lines: (url) => [`GET ${AUTH}/nginx HTTP/1.1`, ...original(url)] },
  { name: 'traefik',       signIn: 302, signInFromScript: 401, lines: (url) => [`GET ${AUTH}/traefik HTTP/1.1`, ...forwarded(url)] },
  { name: 'caddy',         signIn: 302, signInFromScript: 401, lines: (url) => [`GET ${AUTH}/caddy HTTP/1.1`, ...forwarded(url)] },
  { name: 'envoy',         signIn: 302, signInFromScript: 401, lines: (url) => [`GET ${AUTH}/envoy${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`, 'X-Forwarded-Proto: https'] },
  { name: 'auth?traefik',  signIn: 302, signInFromScript: 401, lines: (url) => [`GET ${AUTH}?traefik HTTP/1.1`, ...forwarded(url)] },
  { name: 'auth?nginx',    signIn: 401, signInFromScript: 401, lines: (url) => [`GET ${AUTH}?nginx HTTP/1.1`, ...original(url)] },
  { name: 'nginx by POST', signIn: 401, signInFromScript: 401, lines: (url) => [`POST ${AUTH}/nginx HTTP/1.1`, 'Content-Length: 0', ...original(url)] },
  { name: 'nginx by HEAD', signIn: 401, signInFromScript: 401, lines: (url) => [`HEAD ${AUTH}/nginx HTTP/1.1`, ...original(url)] },
];

const APP = 'https://app.home.test';
const FAMILY = 'https://family.home.test';
const CLOSED = 'https://closed.home.test';
const ASSETS = 'https://assets.home.test';
const NAVIGATION = 'Accept: text/html,application/xhtml+xml';

let gate: Gate;
let annasCookies: string;
let bertsCookies: string;

beforeAll(async () => {
  gate = await openGate();
  const provider = { skip_path_regex: '^/public/', remote_headers: true };
  await gate.protect({ slug: 'app', externalHost: APP, provider });
  await gate.protect({ slug: 'family', externalHost: FAMILY, groups: ['family'] });
  annasCookies = await cookiesOf('anna', [APP, FAMILY]);
  const { applicationId } = await gate.protect({ slug: 'closed', externalHost: CLOSED });
  await gate.protect({ slug: 'assets', externalHost: ASSETS, provider: { interactive_only: false } });
  bertsCookies = await cookiesOf('bert', [APP, CLOSED]);
  await allowGroup(gate.api, applicationId, 'family');
  await gate.settle();
});

afterAll(() => gate?.gatelodge.stop());

async function cookiesOf(username: string, hosts: readonly string[]): Promise<string> {
  const browser = gate.browser(Object.fromEntries(hosts.map((host) => [host, gate.origin])));
  const cookies: string[] = [];
  for (const host of hosts) {
    const page = await browser.visit(`${host}/outpost.goauthentik.io/start?rd=/`);
    if (page.url.host === 'auth.home.test') await signIn(page, username);
    cookies.push(await browser.cookies.getCookieString(host));
  }
  return cookies.join('; ');
}

describe.each(SPEAKERS)('auth/$name', (speaker) => {
  const ask = ({ url, headers = [] }: Asked): Promise<RawAnswer> =>
    sendRaw(gate.origin, [...speaker.lines(new URL(url)), ...headers]);
  const anna = (url: string) => ask({ url, headers: [`Cookie: ${annasCookies}`] });

  it('answers 200 with every header to somebody who may pass', async () => {
    const { status, headers, body } = await anna(`${APP}/films?page=2`);
    expect(status).toBe(200);
    expect(body).toBe('');
    expect(Object.keys(headers)).toEqual(expect.arrayContaining(IDENTITY));
    expect(headers['x-authentik-username']).toEqual(['anna']);
    expect(headers['x-authentik-groups']).toEqual(['family|media']);
    expect(headers['x-authentik-name']).toEqual([ANNA.name]);
    expect(headers['x-authentik-meta-app']).toEqual(['app']);
    expect(headers['x-authentik-entitlements']).toEqual(['']);
    expect(headers['remote-user']).toEqual(['anna']);
    expect(headers['remote-groups']).toEqual(['family,media']);
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it('refuses somebody whom the rules keep out with 403', async () => {
    const refused = await ask({ url: `${CLOSED}/`, headers: [`Cookie: ${bertsCookies}`, NAVIGATION] });
    expect(refused.status).toBe(403);
    expect(refused.headers).not.toHaveProperty('x-authentik-username');
    expect(refused.body.includes('You may not open closed')).toBe(speaker.signIn === 302);
  });

  it('takes the session at one application for none at another', async () => {
    const stranger = await ask({ url: `${FAMILY}/`, headers: [`Cookie: ${bertsCookies}`, NAVIGATION] });
    expect(stranger.status).toBe(speaker.signIn);
    expect((await anna(`${FAMILY}/`)).status).toBe(200);
  });

  it('sends a stranger to the sign-in', async () => {
    const { status, headers } = await ask({ url: `${APP}/films?page=2`, headers: [NAVIGATION] });
    expect(status).toBe(speaker.signIn);
    expect(headers['set-cookie'] ?? []).toHaveLength(status === 302 ? 1 : 0);
    if (status !== 302) return;
    const address = new URL(headers.location?.[0] ?? '');
    expect(address.origin).toBe('http://auth.home.test');
    expect(address.searchParams.get('rd')).toBe(`${APP}/films?page=2`);
  });

  it('sends nobody anywhere when no person waits for the answer', async () => {
    for (const header of ['Sec-Fetch-Mode: cors', 'Accept: */*', 'X-Requested-With: XMLHttpRequest']) {
      const { status, headers } = await ask({ url: `${APP}/api`, headers: [header] });
      expect(status).toBe(speaker.signInFromScript);
      expect(headers).not.toHaveProperty('location');
      expect(headers).not.toHaveProperty('set-cookie');
    }
  });

  it('sends also what no person waits for, where the application wants it so', async () => {
    const { status } = await ask({ url: `${ASSETS}/a.js`, headers: ['Sec-Fetch-Mode: cors'] });
    expect(status).toBe(speaker.signIn);
  });

  it('lets everybody pass to listed addresses, with every header empty', async () => {
    const { status, headers } = await ask({ url: `${APP}/public/logo.png` });
    expect(status).toBe(200);
    for (const name of [...IDENTITY, 'remote-user', 'remote-groups']) expect(headers[name]).toEqual(['']);
  });

  it('names the person also at listed addresses', async () => {
    expect((await anna(`${APP}/public/logo.png`)).headers['x-authentik-username']).toEqual(['anna']);
  });

  it('answers 404 for a host that nobody has registered', async () => {
    expect((await anna('https://unknown.test/')).status).toBe(404);
  });

  it('takes no cookie of another shape for a session', async () => {
    const [, name = '', token = ''] = /(gatelodge_proxy_\d+)=([\w-]+)/.exec(annasCookies) ?? [];
    for (const value of [
      '',
      token.slice(1),
      `${token}x`,
      `${token.slice(1)}x`,
      '../../x',
      'x'.repeat(6000),
      '%00',
      '"',
      `"${token}"`,
    ]) {
      const { status } = await ask({ url: `${APP}/`, headers: [`Cookie: ${name}=${value}`, NAVIGATION] });
      expect(status).toBe(speaker.signIn);
    }
  });
});

describe('auth/nginx', () => {
  it('says in a header why somebody is kept out', async () => {
    const { results } = await gate.api('GET', 'core/applications/?slug=app');
    const [{ pk }] = results as [{ pk: string }];
    const group = await gate.api('POST', 'core/groups/', { name: 'nobody' });
    const binding = await gate.api('POST', 'policies/bindings/', { target: pk, group: group.pk, order: 0 });
    await gate.settle();
    const lines = [`GET ${AUTH}/nginx HTTP/1.1`, ...original(new URL(`${APP}/`)), `Cookie: ${bertsCookies}`];
    const { status, headers } = await sendRaw(gate.origin, lines);
    await gate.api('DELETE', `policies/bindings/${binding.pk}/`);
    await gate.settle();
    expect(status).toBe(403);
    expect(headers['x-gatelodge-reason']).toEqual(['You are not among those who may open this application.']);
    expect(headers).not.toHaveProperty('x-authentik-username');
  });
});

describe('ping', () => {
  it('answers 204 on any host', async () => {
    const { status } = await sendRaw(gate.origin, [
      'GET /outpost.goauthentik.io/ping HTTP/1.1',
      'Host: x.test',
    ]);
    expect(status).toBe(204);
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
