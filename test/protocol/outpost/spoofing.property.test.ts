// What a client writes into a request, or has written into its profile, changes neither the address that is judged nor who
// asks.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openGate, PASSWORD } from './gate.ts';
import { APP, FAMILY, type GateOfThree, openGateOfThree } from './gate-of-three.ts';
import { sendRaw } from './raw-request.ts';

const NAVIGATION = 'Accept: text/html';

let gate: GateOfThree;

beforeAll(async () => {
  gate = await openGateOfThree();
});

afterAll(() => gate?.gatelodge.stop());

describe('headers of the client', () => {
  it('cannot change the address that is judged', async () => {
    const browser = gate.visitor();
    await gate.signInAt(APP, browser, 'bert');
    const bert = `Cookie: ${await browser.cookies.getCookieString(APP)}`;
    const judged = (headers: readonly string[]) => gate.check(`${FAMILY}/`, [bert, ...headers]);
    expect((await judged([`X-Original-URI: ${APP}/`])).status).toBe(401);
    expect((await judged([`X-Original-URL: ${APP}/`])).status).toBe(500);
    expect((await judged(['X-Forwarded-Host: app.home.test', 'X-Forwarded-Uri: /'])).status).toBe(401);
    // A request line with an absolute address: nginx chooses its server by it, and tells us the client's Host header.
    expect((await gate.check(`${APP}/`, [bert], 'family.home.test')).status).toBe(500);
  });

  it('cannot name another host than the one that ingress-nginx has chosen its server by', async () => {
    const browser = gate.visitor();
    await gate.signInAt(APP, browser, 'bert');
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
    const browser = gate.visitor();
    await gate.signInAt(APP, browser, 'bert');
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
    const browser = gate.visitor();
    await gate.signInAt(APP, browser, 'mallory');
    const { status, headers } = await gate.check(`${APP}/`, [
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

describe('a check by nginx', () => {
  it('is no errand, whatever its address says: nginx can pass no redirect on, and nobody is to be signed out by it', async () => {
    const browser = gate.visitor();
    await gate.signInAt(APP, browser);
    const cookie = `Cookie: ${await browser.cookies.getCookieString(APP)}`;
    for (const sign of ['X-authentik-logout=true', 'X-authentik-auth-callback=true', '']) {
      expect((await gate.check(`${APP}/?${sign}`, [cookie])).status).toBe(200);
      expect((await gate.check(`${APP}/?${sign}`, [])).status).toBe(401);
    }
  });
});
