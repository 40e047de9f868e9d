// What proxy mode promises under attack (security.md, "Outpost"): raw requests through Gatelodge to a real application.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Echo, received } from '../../support/echo-application.ts';
import { AUTH, type Gate, openGate, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';
import { type StreamingApplication, startStreamingApplication } from './streaming-application.ts';

const APP = 'http://app.home.test';
const LEGACY = 'http://legacy.home.test';

let gate: Gate;
let strict: Gate;
let application: StreamingApplication;
let cookie: string;

const toProxy = (gateOrigin: string) => ({ [APP]: gateOrigin, [LEGACY]: gateOrigin });

beforeAll(async () => {
  const environment = { GATELODGE_TRUSTED_PROXIES: '10.0.0.0/8' };
  [gate, strict, application] = await Promise.all([
    openGate(),
    openGate(undefined, environment),
    startStreamingApplication(),
  ]);
  const provider = { mode: 'proxy', internal_host: application.origin, skip_path_regex: '^/public$' };
  for (const each of [gate, strict]) await each.protect({ slug: 'app', externalHost: APP, provider });
  const basic = {
    basic_auth_enabled: true,
    basic_auth_user_attribute: 'app_user',
    basic_auth_password_attribute: 'app_password',
  };
  await gate.protect({
    slug: 'legacy',
    externalHost: LEGACY,
    provider: { ...provider, ...basic, remote_headers: true },
  });
  cookie = await cookieAt(gate, APP);
});

afterAll(async () => {
  await Promise.all([gate?.gatelodge.stop(), strict?.gatelodge.stop()]);
  await application?.stop();
});

async function cookieAt(at: Gate, host: string, username = 'bert'): Promise<string> {
  const browser = at.browser(toProxy(at.origin));
  await signIn(await browser.visit(`${host}/`), username);
  return browser.cookies.getCookieString(host);
}

interface Sent {
  readonly path?: string;
  readonly host?: string;
  readonly given?: string;
  readonly at?: Gate;
}

async function send(
  headers: readonly string[],
  { path = '/', host = APP, given = cookie, at = gate }: Sent = {},
) {
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${new URL(host).host}`, `Cookie: ${given}`];
  return sendRaw(at.origin, [...lines, ...headers]);
}

async function seenBy(headers: readonly string[], sent: Sent = {}): Promise<Echo> {
  const answer = await send(headers, sent);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.body) as Echo;
}

const plainly = (name: string) => name.toLowerCase().replaceAll(/[^a-z\d]/g, '-');
const namesOf = ({ headers }: Echo) => headers.map(([name]) => plainly(name));

describe('the application', () => {
  it.each([
    'X-authentik-username: akadmin',
    'x-AUTHENTIK-username: akadmin',
    'X_authentik_username: akadmin',
    'X-authentik_username: akadmin',
    'X.Authentik.Username: akadmin',
    'X!authentik~username: akadmin',
    'X-authentik-username: akadmin\r\nX-authentik-username: akadmin',
    'X-authentik-username: akadmin\r\nConnection: X-authentik-username',
    'Connection: close, X-authentik-username, X-Forwarded-For, Host',
  ])('sees only our name for the person: %j', async (headers) => {
    const echo = await seenBy(headers.split('\r\n'));
    expect(received(echo, 'X-authentik-username')).toEqual(['bert']);
    expect(namesOf(echo).filter((name) => name === 'x-authentik-username')).toHaveLength(1);
    expect(received(echo, 'Host')).toEqual(['app.home.test']);
  });

  it.each([
    'Remote-User',
    'Remote_User',
    'Remote.User',
    'remote+groups',
    'remote-groups',
    'Remote-Email',
    'X-authentik-made-up',
    'X_Gatelodge_Reason',
    'X.Forwarded-Host',
    'X|Original|URL',
    'X_Real.IP',
  ])('is never told %s by the client', async (name) => {
    const echo = await seenBy([`${name}: akadmin`]);
    expect(JSON.stringify(echo.headers)).not.toContain('akadmin');
  });

  it('sees Remote-User from us alone where that is switched on', async () => {
    const given = await cookieAt(gate, LEGACY);
    const echo = await seenBy(['Remote-User: akadmin', 'Remote_User: akadmin'], { host: LEGACY, given });
    expect(received(echo, 'Remote-User')).toEqual(['bert']);
    expect(namesOf(echo).filter((name) => name === 'remote-user')).toHaveLength(1);
  });

  it.each(['X-Favourite', 'x_favourite', 'X.Favourite'])(
    'is never told %s by somebody who was not given it, nor by a stranger',
    async (name) => {
      const { db } = gate.gatelodge.deps;
      const anna = await db.user.findFirstOrThrow({ where: { username: 'anna' } });
      const attributes = { additionalHeaders: { 'X-Favourite': 'blue', Host: 'evil.test', Cookie: 'a=b' } };
      await gate.api('PATCH', `core/users/${anna.id}/`, { attributes });
      await gate.settle();
      const own = await cookieAt(gate, APP, 'anna');
      expect(received(await seenBy([`${name}: red`], { given: own }), 'X-Favourite')).toEqual(['blue']);
      expect(received(await seenBy([], { given: own }), 'Host')).toEqual(['app.home.test']);
      for (const sent of [{}, { path: '/public', given: '' }]) {
        const echo = await seenBy([`${name}: red`], sent);
        expect(received(echo, 'X-Favourite')).toEqual(['']);
        expect(JSON.stringify(echo.headers)).not.toContain('red');
      }
    },
  );

  it('sees nobody where everybody may pass, whatever is claimed', async () => {
    const echo = await seenBy(['X-authentik-username: akadmin'], { path: '/public', given: '' });
    expect(received(echo, 'X-authentik-username')).toEqual(['']);
  });

  it.each(['X-Original-URL', 'X-Original-URI', 'X-Rewrite-URL', 'X_Original_URL'])(
    'does not hear of another path than the one that was judged: %s',
    async (name) => {
      const echo = await seenBy([`${name}: /admin`], { path: '/public', given: '' });
      expect(namesOf(echo)).not.toContain(plainly(name));
    },
  );

  it('never gets a cookie of ours', async () => {
    const given = `a=1; ${cookie}; gatelodge_session=secret; b=2`;
    const echo = await seenBy([], { given });
    expect(received(echo, 'Cookie')).toEqual(['a=1; b=2']);
    expect(JSON.stringify(echo)).not.toContain('gatelodge_');
  });

  it('gets no password that was meant for us or for somebody else', async () => {
    const given = await cookieAt(gate, LEGACY);
    const echo = await seenBy(['Authorization: Basic YWtzOmFkbWlu'], { host: LEGACY, given });
    expect(received(echo, 'Authorization')).toEqual([]);
    const untouched = await seenBy(['Authorization: Basic YWtzOmFkbWlu']);
    expect(received(untouched, 'Authorization')).toEqual(['Basic YWtzOmFkbWlu']);
  });

  it('hears of addresses from a trusted proxy only', async () => {
    const claims = [
      'X-Forwarded-For: 192.0.2.1',
      'X-Forwarded-Port: 1',
      'X-Real-IP: 192.0.2.1',
      'Forwarded: for=192.0.2.1',
    ];
    const given = await cookieAt(strict, APP);
    const echo = await seenBy(claims, { at: strict, given });
    expect(received(echo, 'X-Forwarded-For')).toEqual(['127.0.0.1']);
    expect(namesOf(echo)).not.toEqual(expect.arrayContaining(['x-real-ip']));
    expect(namesOf(echo)).not.toEqual(expect.arrayContaining(['forwarded']));
    expect(namesOf(echo)).not.toEqual(expect.arrayContaining(['x-forwarded-port']));
    expect(received(await seenBy(claims), 'X-Forwarded-For')).toEqual(['192.0.2.1, 127.0.0.1']);
  });
});

describe('a request', () => {
  it.each([
    ['gatelodge_proxy_1=', 'an empty cookie'],
    ['gatelodge_proxy_1=aaaa', 'a short one'],
    [`gatelodge_proxy_1=${'a'.repeat(43)}`, 'an unknown one'],
  ])('does not pass with %s', async (given) => {
    const answer = await send(['Accept: application/json'], { given });
    expect(answer.status).toBe(401);
  });

  it('with an absolute address is not passed on: it could name another host there', async () => {
    const answer = await send([], { path: 'http://family.home.test/admin' });
    expect(answer.status).toBe(400);
  });

  it('cannot ask for its own headers back', async () => {
    const lines = ['TRACE / HTTP/1.1', 'Host: app.home.test', `Cookie: ${cookie}`];
    expect((await sendRaw(gate.origin, lines)).status).toBe(400);
  });

  it.each(['/%ff', '/\u00ff', '/a b', '/..%2f..%2fetc', '//evil.test/', '/\\evil'])(
    'with an odd path harms nobody: %j',
    async (path) => {
      expect((await send([], { path })).status).toBeLessThan(500);
      expect((await send(['Upgrade: websocket', 'Connection: Upgrade'], { path })).status).toBeLessThan(502);
      expect((await send([])).status).toBe(200);
    },
  );

  it('for our own host stays ours, whatever is registered', async () => {
    const provider = { mode: 'proxy', internal_host: application.origin };
    await gate.protect({ slug: 'usurper', externalHost: AUTH, provider });
    const answer = await sendRaw(gate.origin, ['GET /if/user/ HTTP/1.1', `Host: ${new URL(AUTH).host}`]);
    expect(answer.headers.location?.join()).toContain('/if/flow/');
  });

  it('with both kinds of length reaches no application', async () => {
    const lines = ['POST /upload HTTP/1.1', 'Host: app.home.test', `Cookie: ${cookie}`];
    const answer = await sendRaw(gate.origin, [...lines, 'Content-Length: 4', 'Transfer-Encoding: chunked']);
    expect(answer.status).toBe(400);
  });
});
