// Requests that a proxy, Gatelodge and an application could read in different ways, through every proxy: whatever is
// written, nothing reaches an application that its sender may not open. Only what at least one of them would pass on, if
// we let it, or lets an application mistake one request for two, stands in the tables.
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type EchoApplication, startEchoApplication } from '../../support/echo-application.ts';
import type { Front } from '../../support/front.ts';
import { allowGroup, type Gate, openGate, signIn } from './gate.ts';
import { RUNNABLE } from './proxies.ts';

const APP = 'http://app.home.test';
const FAMILY = 'http://family.home.test';
/** The first of them is nginx's default server. */
const HOSTS = [FAMILY, APP];
const A = 'app.home.test';
const F = 'family.home.test';

let gate: Gate;
let app: EchoApplication;
let family: EchoApplication;

beforeAll(async () => {
  [gate, app, family] = await Promise.all([
    openGate(),
    startEchoApplication({ isLax: true }),
    startEchoApplication({ isLax: true }),
  ]);
  await gate.protect({ slug: 'app', externalHost: APP, provider: { skip_path_regex: '^/open/' } });
  const { applicationId } = await gate.protect({ slug: 'family', externalHost: FAMILY });
  await allowGroup(gate.api, applicationId, 'family');
  await gate.settle();
});

afterAll(async () => {
  await Promise.all([app?.stop(), family?.stop()]);
  await gate?.gatelodge.stop();
});

/** Hosts that a proxy could read as one application's, and Gatelodge as another's. */
// biome-ignore format: a table
const HOST_TRICKS: readonly (readonly [string, ...string[]])[] = [
  [`GET http://${F}/secret HTTP/1.1`, `Host: ${A}`],
  [`GET http://${A}@${F}/secret HTTP/1.1`, `Host: ${A}`],
  [`GET http://${F}/secret HTTP/1.0`],
  [`GET HTTP://${F.toUpperCase()}:80/secret HTTP/1.1`, `Host: ${A}`],
  ['GET /secret HTTP/1.1', `Host: ${A}?`],
  ['GET /secret HTTP/1.1', `Host: ${A}#`],
  ['GET /secret HTTP/1.1', `Host: ${A}\\`],
  ['GET http://evil.test/secret HTTP/1.1', `Host: ${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}:80`],
  ['GET /secret HTTP/1.1', `Host: ${F}.`],
  ['GET /secret HTTP/1.1', `Host: ${F.toUpperCase()}`],
  ['GET /secret HTTP/1.1', `Host: ${F}:443`],
  ['GET /secret HTTP/1.1', `Host: ${F}:8080`],
  ['GET /secret HTTP/1.1', `Host: ${F}:`],
  ['GET /secret HTTP/1.1', `Host: ${A}, ${F}`],
  ['GET /secret HTTP/1.1', `Host: ${F}, ${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F},${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}:80,${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}:${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}:80:${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}:@${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}:80@${A}`],
  ['GET /secret HTTP/1.1', `Host: ${A}@${F}`],
  ['GET /secret HTTP/1.1', `Host: ${F}#${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}?${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}\\${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}`, `X-Forwarded-Host: ${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}`, `X-Forwarded-Host: ${A}`, 'Connection: close, X-Forwarded-Host'],
  ['GET /secret HTTP/1.1', `Host: ${F}`, `Forwarded: host=${A}`],
  ['GET /secret HTTP/1.1', `Host: ${F}`, `X-Original-URL: ${APP}/secret`],
  ['GET /secret HTTP/1.1', `Host: ${F}`, `X-Original-URL: ${APP}/secret`, 'Connection: close, X-Original-URL'],
  ['GET /secret HTTP/1.1', `Host: ${F}`, `X-Original-Host: ${A}`, `X-Host: ${A}`, `X-Forwarded-Server: ${A}`],
  ['OPTIONS * HTTP/1.1', `Host: ${F}`],
  ['TRACE /secret HTTP/1.1', `Host: ${F}`],
  ['PROPFIND /secret HTTP/1.1', `Host: ${F}`],
];

/** What a stranger may send to the application, to get past its open addresses. */
const PATH_TRICKS = [
  '/secret',
  '/open/../secret',
  '/open/%2e%2e/secret',
  '/open/..%2fsecret',
  '/open/%2e%2e%2fsecret',
  '/open/%252e%252e/secret',
  '/open/..%5csecret',
  '/open/..\\secret',
  '/open/..;/secret',
  '/open/;/../secret',
  '/open//../secret',
  '/open/./../secret',
  '/open/%00/../secret',
  '/open/..%c0%afsecret',
  '/open/..%ef%bc%8fsecret',
  '/open%2f..%2fsecret',
  '/secret/open/',
  '/secret;/open/',
  '/secret#/open/',
  '/secret?/open/',
  '/secret%3f/open/',
  '/secret%23/open/',
  '//open/secret',
  '///open/../secret',
  '/Open/secret',
  '/outpost.goauthentik.io/../secret',
  '/outpost.goauthentik.io/..%2fsecret',
  '/outpost.goauthentik.io/%2e%2e/secret',
  '/outpost.goauthentik.io/..;/secret',
  '/outpost.goauthentik.io%2f..%2fsecret',
  '//outpost.goauthentik.io/../secret',
  '/outpost.goauthentik.io\\..\\secret',
  '/outpost.goauthentik.iox/secret',
  '/x/../outpost.goauthentik.io/../secret',
  '/OUTPOST.goauthentik.io/../secret',
  '/secret?X-authentik-auth-callback=true',
  '/outpost.goauthentik.io/start/../../secret?rd=/open/',
  'http://app.home.test/secret',
  'http://app.home.test?/open/',
  `http://evil.test/open/`,
  '*',
];

describe.each(RUNNABLE.filter(({ isOurSnippet }) => isOurSnippet))('$name', (kind) => {
  let proxy: Front;
  let bert: string;

  beforeAll(async () => {
    const applications = { [APP]: app.origin, [FAMILY]: family.origin };
    const behind = { gatelodge: gate.origin, application: app.origin, applications, hosts: HOSTS };
    proxy = await kind.start(behind);
    const browser = gate.browser(Object.fromEntries(HOSTS.map((host) => [host, proxy.origin])));
    await signIn(await browser.visit(`${APP}/`), 'bert');
    await browser.visit(`${FAMILY}/`);
    bert = (await Promise.all(HOSTS.map((host) => browser.cookies.getCookieString(host)))).join('; ');
  });

  afterAll(() => proxy?.stop());

  beforeEach(() => {
    for (const { seen } of [app, family]) seen.length = 0;
  });

  /** Sends the bytes, and gives the proxy time to do what it will. */
  async function write(text: string): Promise<string> {
    const { hostname, port } = new URL(proxy.origin);
    const socket = net.connect(Number(port), hostname).on('error', () => undefined);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(text);
    await Promise.race([once(socket, 'close'), sleep(400)]);
    socket.destroy();
    return answer;
  }

  it.each(HOST_TRICKS.map((lines) => [lines]))('opens no other application: %j', async (lines) => {
    await write(`${[...lines, `Cookie: ${bert}`, 'Accept: */*', 'Connection: close'].join('\r\n')}\r\n\r\n`);
    expect(family.seen).toEqual([]);
  });

  it.each(PATH_TRICKS)('opens nothing to a stranger: %s', async (path) => {
    await write(`GET ${path} HTTP/1.1\r\nHost: ${A}\r\nAccept: */*\r\nConnection: close\r\n\r\n`);
    expect(app.seen.filter((url) => !/^\/open\/[\w?/]*$/.test(url))).toEqual([]);
    expect(family.seen).toEqual([]);
  });

  it.each(['h2c', 'H2C, websocket', 'TLS/1.2', 'HTTP/2.0'])(
    'lets no connection become one of other requests: %s',
    async (protocol) => {
      const lines = [
        'GET /open/ HTTP/1.1',
        `Host: ${A}`,
        'Accept: */*',
        'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
      ];
      const upgrade = [`Upgrade: ${protocol}`, 'Connection: Upgrade, HTTP2-Settings'];
      await write(`${[...lines, ...upgrade].join('\r\n')}\r\n\r\n`);
      expect(app.seen.filter((url) => url.includes(' as '))).toEqual([]);
    },
  );

  // biome-ignore format: a table
  const SMUGGLERS: readonly (readonly [string, string])[] = [
    ['both lengths', 'Content-Length: 4\r\nTransfer-Encoding: chunked'],
    ['both lengths, the other way round', 'Transfer-Encoding: chunked\r\nContent-Length: 4'],
    ['a space before the colon', 'Content-Length: 4\r\nTransfer-Encoding : chunked'],
    ['a folded line', 'Content-Length: 4\r\nTransfer-Encoding:\r\n chunked'],
    ['a bare newline', 'Content-Length: 4\nTransfer-Encoding: chunked'],
    ['an underscore', 'Content-Length: 4\r\nTransfer_Encoding: chunked'],
    ['a list of lengths', 'Content-Length: 4, 4'],
    ['a length that ends with the connection', 'Content-Length: 4\r\nConnection: Content-Length'],
  ];

  it.each(SMUGGLERS)('hands on no request inside of another: %s', async (_, length) => {
    const inner = `GET /inner HTTP/1.1\r\nHost: ${A}\r\nX-authentik-username: akadmin\r\n\r\n`;
    const bodies = [`0\r\n\r\n${inner}`, `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`];
    for (const [path, cookie] of [
      ['/', `Cookie: ${bert}\r\n`],
      ['/open/', ''],
    ]) {
      const lines = `POST ${path} HTTP/1.1\r\nHost: ${A}\r\nAccept: */*\r\n${cookie}${length}`;
      for (const body of bodies) await write(`${lines}\r\n\r\n${body}`);
    }
    expect(app.seen.filter((url) => url.includes('inner'))).toEqual([]);
  });

  it.each([[{ ':authority': F, host: A }], [{ ':authority': F, 'x-forwarded-host': A }], [{ host: F }]])(
    'opens no other application by HTTP/2: %j',
    async (headers) => {
      const session = http2.connect(proxy.origin).on('error', () => undefined);
      try {
        const stream = session.request({ ':path': '/secret', accept: '*/*', cookie: bert, ...headers });
        stream.on('error', () => undefined).resume();
        await Promise.race([once(stream, 'close'), sleep(400)]);
      } catch {
        // Proxies that speak no HTTP/2 here end the connection.
      } finally {
        session.destroy();
      }
      expect(family.seen).toEqual([]);
    },
  );
});
