// What real proxies let through to an application (security.md, "Outpost"): raw requests through each of them. Applications
// behind CGI, FastCGI or WSGI see header names in capitals with underscores: all of them make one of a hyphen, PHP also of
// a dot, lighttpd of every other character.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Echo,
  type EchoApplication,
  received,
  startEchoApplication,
} from '../../support/echo-application.ts';
import type { Front } from '../../support/front.ts';
import { allowGroup, type Gate, openGate, signIn } from './gate.ts';
import { RUNNABLE } from './proxies.ts';
import { sendRaw } from './raw-request.ts';

const APP = 'http://app.home.test';
const FAMILY = 'http://family.home.test';
const LEGACY = 'http://legacy.home.test';
const HOSTS = [APP, FAMILY, LEGACY];

/** What a name may hold beside letters, digits and hyphens (RFC 9110 §5.6.2). */
const ODD = [..."!#$%&'*+.^_`|~"];
const OURS = ['X-authentik-username', 'X-AUTHENTIK-Groups', 'Remote-User', 'X-Favourite', 'X-Forwarded-For'];

let gate: Gate;
let application: EchoApplication;

beforeAll(async () => {
  const trusted = { GATELODGE_TRUSTED_PROXIES: '127.0.0.1/32' };
  [gate, application] = await Promise.all([openGate(undefined, trusted), startEchoApplication()]);
  const open = { skip_path_regex: '^/api/public/\n\n^/health$' };
  const basic = {
    basic_auth_enabled: true,
    basic_auth_user_attribute: 'app_user',
    basic_auth_password_attribute: 'app_password',
  };
  await gate.protect({ slug: 'app', externalHost: APP, provider: open });
  const { applicationId } = await gate.protect({ slug: 'family', externalHost: FAMILY });
  await allowGroup(gate.api, applicationId, 'family');
  const provider = { ...open, ...basic, remote_headers: true };
  await gate.protect({ slug: 'legacy', externalHost: LEGACY, provider });
  const attributes = {
    additionalHeaders: { 'X-Favourite': 'blue' },
    app_user: 'anna@legacy',
    app_password: 's3cret',
  };
  const anna = await gate.gatelodge.deps.db.user.findFirstOrThrow({ where: { username: 'anna' } });
  await gate.api('PATCH', `core/users/${anna.id}/`, { attributes });
  await gate.settle();
});

afterAll(async () => {
  await application?.stop();
  await gate?.gatelodge.stop();
});

describe.each(RUNNABLE)('$name', (kind) => {
  const cookies: Record<string, string> = {};
  let proxy: Front;

  beforeAll(async () => {
    proxy = await kind.start({
      ...{ gatelodge: gate.origin, application: application.origin, hosts: HOSTS },
      additionalNames: ['X-Favourite'],
      providers: { [LEGACY]: { sendsRemoteHeaders: true, basicAuthEnabled: true } },
    });
    for (const username of ['anna', 'bert']) {
      const browser = gate.browser(Object.fromEntries(HOSTS.map((host) => [host, proxy.origin])));
      await signIn(await browser.visit(`${APP}/`), username);
      await browser.visit(`${LEGACY}/`);
      const own = await Promise.all(HOSTS.map((host) => browser.cookies.getCookieString(host)));
      cookies[username] = own.join('; ');
    }
  });

  afterAll(() => proxy?.stop());

  /** Sends one request with these lines; without a name, as a stranger. */
  const send = (url: string, lines: readonly string[], username?: string) =>
    sendRaw(proxy.origin, [
      `GET ${url.slice(new URL(url).origin.length)} HTTP/1.1`,
      ...[`Host: ${new URL(url).host}`, 'Accept: */*', ...lines],
      ...(username ? [`Cookie: ${cookies[username]}`] : []),
    ]);

  const echoOf = async (url: string, lines: readonly string[], username?: string): Promise<Echo> => {
    const { status, body } = await send(url, lines, username);
    expect(status).toBe(200);
    return JSON.parse(body) as Echo;
  };

  const forgedNames = ({ headers }: Echo) =>
    headers.filter(([, value]) => value.includes('forged')).map(([name]) => name);

  it('lets no header of the client take the place of ours', async () => {
    const lines = ['X-Authentik-Username: forged', 'x-authentik-groups: forged'];
    const echo = await echoOf(`${APP}/`, lines, 'bert');
    expect(received(echo, 'X-authentik-username')).toEqual(['bert']);
    expect(received(echo, 'X-authentik-groups')).toEqual(['media']);
    expect(forgedNames(echo)).toEqual([]);
  });

  it('lets no header of the client name another application, address or method', async () => {
    const lines = [
      `X-Original-URL: ${APP}/api/public/1`,
      'X-Original-URI: /api/public/1',
      `X-Forwarded-Host: ${new URL(APP).host}`,
      'X-Forwarded-Uri: /api/public/1',
      'X-Forwarded-Method: GET',
      'X-Rewrite-URL: /api/public/1',
    ];
    expect((await send(`${APP}/secret`, lines)).status).not.toBe(200);
    expect((await send(`${FAMILY}/secret`, lines)).status).not.toBe(200);
    expect((await send(`${FAMILY}/secret`, lines, 'bert')).status).not.toBe(200);
  });

  it.each([
    '/api/public/../private',
    '/api/public/%2e%2e/private',
    '/api/public/..%2fprivate',
    '/api/public/.%2E/private',
    '/api/public/..;/private',
    '/private?next=/api/public/',
    '/private?/../api/public/',
    '//private/../api/public/../../private',
  ])('opens no other address by one that is listed: %s', async (path) => {
    expect((await send(APP + path, [])).status).not.toBe(200);
  });

  it.each(['app.home.test.evil.test', 'evilapp.home.test', 'evilshared.test', 'evil.test'])(
    'opens no host that only looks registered: %s',
    async (host) => {
      // Caddy answers 200 without a body for every host that it does not know.
      expect((await send(`http://${host}/secret`, [], 'anna')).body).not.toContain('"headers"');
    },
  );

  if (kind.dropsOddNames) {
    it.each(ODD)('passes on no name that an application could take for one of ours: %s', async (odd) => {
      const names = OURS.flatMap((name) => [
        ...[name.replaceAll('-', odd), name.replace('-', odd), name + odd, odd + name],
      ]);
      const lines = names.map((name) => `${name}: forged`);
      expect(forgedNames(await echoOf(`${APP}/`, lines, 'bert'))).toEqual([]);
      expect(forgedNames(await echoOf(`${APP}/health`, lines))).toEqual([]);
    });
  }

  if (kind.isOurSnippet) {
    it.each(['Remote-User', 'remote-groups', 'Remote-Email', 'REMOTE-NAME'])(
      'passes on no %s of the client',
      async (name) => {
        const echo = await echoOf(`${APP}/`, [`${name}: forged`], 'bert');
        expect(received(echo, name).join('')).toBe('');
        expect(forgedNames(echo)).toEqual([]);
      },
    );

    it('passes Remote-User on from us where the application is told it, and only there', async () => {
      const lines = ['Remote-User: forged', 'Remote-Groups: forged'];
      const echo = await echoOf(`${LEGACY}/`, lines, 'anna');
      expect(received(echo, 'Remote-User')).toEqual(['anna']);
      expect(received(echo, 'Remote-Groups')).toEqual(['family,media']);
      expect(received(await echoOf(`${LEGACY}/health`, lines), 'Remote-User').join('')).toBe('');
    });

    it.each(['X-Original-URL', 'X-Original-URI', 'X-Rewrite-URL'])(
      'names no other address to the application than the one that was judged: %s',
      async (name) => {
        expect(forgedNames(await echoOf(`${APP}/health`, [`${name}: /forged`]))).toEqual([]);
      },
    );

    it('tells us the address of the client, whatever the client says', async () => {
      const { lockout } = gate.gatelodge.deps.db;
      await lockout.deleteMany();
      const wrong = Buffer.from(`nobody:${kind.name}`).toString('base64');
      const lines = ['GET / HTTP/1.1', `Host: ${new URL(APP).host}`, 'Accept: */*'];
      const claim = ['X-Forwarded-For: 198.51.100.9', 'X-Real-IP: 198.51.100.9'];
      await sendRaw(proxy.origin, [...lines, ...claim, `Authorization: Basic ${wrong}`], '127.0.0.2');
      const keys = (await lockout.findMany()).map(({ key }) => key);
      expect(keys.filter((key) => key.startsWith('address:'))).toEqual(['address:127.0.0.2']);
    });

    it("hands our credentials to the application, and never the client's", async () => {
      const own = ['Authorization: Basic Zm9yZ2VkOmZvcmdlZA=='];
      const ours = `Basic ${Buffer.from('anna@legacy:s3cret').toString('base64')}`;
      expect(received(await echoOf(`${LEGACY}/`, own, 'anna'), 'Authorization')).toEqual([ours]);
      expect(received(await echoOf(`${LEGACY}/`, own, 'bert'), 'Authorization').join('')).toBe('');
      expect(received(await echoOf(`${LEGACY}/health`, own), 'Authorization').join('')).toBe('');
      expect(received(await echoOf(`${APP}/`, own, 'bert'), 'Authorization').join()).toBe(own[0]?.slice(15));
    });
  }

  if (kind.isOurSnippet || kind.passesAnswersOn) {
    it('lets nobody take a header that only others are given', async () => {
      const favouriteOf = async (path: string, username?: string) =>
        received(await echoOf(APP + path, ['X-Favourite: forged'], username), 'X-Favourite').join();
      expect(await favouriteOf('/', 'anna')).toBe('blue');
      expect(await favouriteOf('/', 'bert')).toBe('');
      expect(await favouriteOf('/health')).toBe('');
    });
  }
});
