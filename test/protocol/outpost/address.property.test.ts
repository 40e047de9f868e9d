// The address that is judged: what only looks like a registered host, and what is missing, there twice or contradicts
// itself, opens nothing, in whichever dialect a proxy tells it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { APP, DOMAIN, FAMILY, type GateOfThree, openGateOfThree, startAt } from './gate-of-three.ts';
import { sendRaw } from './raw-request.ts';

const AUTH = '/outpost.goauthentik.io/auth';

let gate: GateOfThree;
let annasCookies: string;

beforeAll(async () => {
  gate = await openGateOfThree();
  const browser = gate.visitor();
  await gate.signInAt(APP, browser);
  await browser.visit(startAt(DOMAIN, '/'));
  annasCookies = `${await browser.cookies.getCookieString(APP)}; ${await browser.cookies.getCookieString(DOMAIN)}`;
});

afterAll(() => gate?.gatelodge.stop());

describe('a host that only looks registered', () => {
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
    expect((await gate.check(url, [`Cookie: ${annasCookies}`], 'outpost.internal')).status).not.toBe(200);
  });

  it.each([
    'https://app.home.test/',
    'https://APP.home.test/',
    'https://app.home.test./',
    'https://app.home.test:443/x',
    'https://two.shared.test/',
  ])('is not confused with another spelling of a registered one: %s', async (url) =>
    expect((await gate.check(url, [`Cookie: ${annasCookies}`])).status).toBe(200),
  );

  it.each(['app.home.test?', 'app.home.test#', 'family.home.test, app.home.test', 'app.home.test@evil.test'])(
    'nor is one that a proxy could choose another application by: %s',
    async (host) => expect((await gate.check(`${APP}/`, [`Cookie: ${annasCookies}`], host)).status).toBe(500),
  );

  // biome-ignore format: a table
  const TOLD: readonly (readonly [string, (host: string) => string[]])[] = [
    ['traefik', (host) => [`GET ${AUTH}/traefik HTTP/1.1`, 'Host: x', 'X-Forwarded-Proto: https', 'X-Forwarded-Uri: /', `X-Forwarded-Host: ${host}`]],
    ['caddy',   (host) => [`GET ${AUTH}/caddy HTTP/1.1`, 'Host: x', 'X-Forwarded-Proto: https', 'X-Forwarded-Uri: /', `X-Forwarded-Host: ${host}`]],
    ['envoy',   (host) => [`GET ${AUTH}/envoy/ HTTP/1.1`, 'X-Forwarded-Proto: https', `Host: ${host}`]],
  ];

  describe.each(TOLD)('told by %s', (_, linesFor) => {
    const statusAt = async (host: string) =>
      (await sendRaw(gate.origin, [...linesFor(host), `Cookie: ${annasCookies}`])).status;

    it.each([
      'app.home.test.evil.test',
      'evilapp.home.test',
      'app.home.test:8443',
      'app.home.test@evil.test',
      'evil.test#app.home.test',
      'evil.test/app.home.test',
      'evil.test, app.home.test',
      'app.home.test, evil.test',
      'app.home.test%2eevil.test',
      '[::1]',
    ])('opens to nobody: %s', async (host) => expect(await statusAt(host)).not.toBe(200));

    it.each(['app.home.test', 'APP.home.test', 'app.home.test.', 'app.home.test:443'])(
      'is not confused with another spelling of a registered one: %s',
      async (host) => expect(await statusAt(host)).toBe(200),
    );
  });

  it.each(['X-Forwarded-Host: family.home.test', 'X-Forwarded-Uri: /public/', 'X-Forwarded-Proto: http'])(
    'nor does a header count that is there twice: %s',
    async (second) => {
      for (const [, linesFor] of TOLD.slice(0, 2)) {
        const lines = [...linesFor('app.home.test'), second, `Cookie: ${annasCookies}`];
        expect((await sendRaw(gate.origin, lines)).status).toBe(500);
      }
    },
  );
});

describe('wrong wiring', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [
      'nginx without X-Original-URL',
      [`GET ${AUTH}/nginx HTTP/1.1`, 'Host: app.home.test'],
      'proxy_set_header X-Original-URL $scheme://$http_host$request_uri;',
    ],
    [
      'nginx with two X-Original-URL',
      [
        `GET ${AUTH}/nginx HTTP/1.1`,
        'Host: app.home.test',
        `X-Original-URL: ${APP}/`,
        `X-Original-URL: ${FAMILY}/`,
      ],
      'X-Original-URL',
    ],
    [
      'nginx with Host and X-Original-URL of two applications',
      [`GET ${AUTH}/nginx HTTP/1.1`, 'Host: family.home.test', `X-Original-URL: ${APP}/`],
      'proxy_set_header Host $host;',
    ],
    [
      'traefik without X-Forwarded-Uri',
      [
        `GET ${AUTH}/traefik HTTP/1.1`,
        'Host: x',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: app.home.test',
      ],
      'address: http://gatelodge:9000/outpost.goauthentik.io/auth/traefik',
    ],
    [
      'caddy with an unknown scheme',
      [
        `GET ${AUTH}/caddy HTTP/1.1`,
        'Host: x',
        'X-Forwarded-Proto: gopher',
        'X-Forwarded-Host: app.home.test',
        'X-Forwarded-Uri: /',
      ],
      'X-Forwarded-Proto',
    ],
  ];

  it.each(cases)('is answered with 500 and the line that helps: %s', async (_, lines, help) => {
    const { status, body } = await sendRaw(gate.origin, [
      ...lines,
      `Cookie: ${annasCookies}`,
      'Accept: text/html',
    ]);
    expect(status).toBe(500);
    expect(body).toContain(help);
  });
});
