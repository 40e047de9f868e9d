// Proxy mode from end to end: Gatelodge itself in front of an application, over real sockets.
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Echo, received } from '../../support/echo-application.ts';
import { findFreePort } from '../../support/free-port.ts';
import { ANNA, AUTH, type Gate, openGate, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';
import { type StreamingApplication, startStreamingApplication } from './streaming-application.ts';

const APP = 'http://app.home.test';
const FAMILY = 'http://family.home.test';
const SECURE = 'http://secure.home.test';
const TRUSTING = 'http://trusting.home.test';
const DOWN = 'http://down.home.test';
const CIRCLE = 'http://circle.home.test';
const PERSONAL = 'http://personal.home.test';
const HOSTS = [APP, FAMILY, SECURE, TRUSTING, DOWN, CIRCLE, PERSONAL];
const MIB = 1024 * 1024;

let gate: Gate;
let application: StreamingApplication;
let secure: StreamingApplication;
let cookie: string;

beforeAll(async () => {
  [gate, application, secure] = await Promise.all([
    openGate(),
    startStreamingApplication(),
    startStreamingApplication('https'),
  ]);
  const to = (internalHost: string, further = {}) => ({
    provider: { mode: 'proxy', internal_host: internalHost, ...further },
  });
  const skipPathRegex = '^/api/public/';
  await gate.protect({
    slug: 'app',
    externalHost: APP,
    ...to(application.origin, { skip_path_regex: skipPathRegex }),
  });
  await gate.protect({ slug: 'family', externalHost: FAMILY, groups: ['family'], ...to(application.origin) });
  await gate.protect({ slug: 'secure', externalHost: SECURE, ...to(secure.origin) });
  const unchecked = { internal_host_ssl_validation: false };
  await gate.protect({ slug: 'trusting', externalHost: TRUSTING, ...to(secure.origin, unchecked) });
  await gate.protect({ slug: 'down', externalHost: DOWN, ...to(`http://127.0.0.1:${await findFreePort()}`) });
  await gate.protect({ slug: 'circle', externalHost: CIRCLE, ...to(gate.origin) });
  const attributes = { backend_override_attribute: 'own_backend', host_header_attribute: 'own_host' };
  await gate.protect({ slug: 'personal', externalHost: PERSONAL, ...to(secure.origin, attributes) });
  cookie = await cookieAt(APP, 'anna');
});

afterAll(async () => {
  await gate?.gatelodge.stop();
  await application?.stop();
  await secure?.stop();
});

const visitor = () => gate.browser(Object.fromEntries(HOSTS.map((host) => [host, gate.origin])));

async function cookieAt(host: string, username: string): Promise<string> {
  const browser = visitor();
  await signIn(await browser.visit(`${host}/`), username);
  return browser.cookies.getCookieString(host);
}

/** A request with the session's cookie, as it comes: its answer is a stream. */
async function request(
  pathname: string,
  {
    method = 'GET',
    headers = {},
    host = APP,
  }: { method?: string; headers?: http.OutgoingHttpHeaders; host?: string } = {},
  send: (outgoing: http.ClientRequest) => void = (outgoing) => outgoing.end(),
): Promise<http.IncomingMessage> {
  const given = { host: new URL(host).host, cookie, ...headers };
  const outgoing = http.request(gate.origin + pathname, { method, headers: given, agent: false });
  send(outgoing);
  const [answer] = await once(outgoing, 'response');
  return answer;
}

async function textOf(answer: http.IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) text += chunk;
  return text;
}

describe('an application in proxy mode', () => {
  it('sends a stranger to the sign-in, and back to the same address with its query', async () => {
    const first = await visitor().visit(`${APP}/films?page=2&sort=a%20b&x=%26`);
    expect(first.url.href).toContain(`${AUTH}/if/flow/default-authentication-flow/`);
    const last = await signIn(first, 'anna');
    expect(last.url.href).toBe(`${APP}/films?page=2&sort=a%20b&x=%26`);
    const echo = last.json<Echo>();
    expect(echo.url).toBe('/films?page=2&sort=a%20b&x=%26');
    expect(received(echo, 'X-authentik-username')).toEqual(['anna']);
    expect(received(echo, 'X-authentik-groups')).toEqual(['family|media']);
    expect(received(echo, 'X-authentik-name')).toEqual([ANNA.name]);
    expect(received(echo, 'Host')).toEqual(['app.home.test']);
    expect(received(echo, 'X-Forwarded-Host')).toEqual(['app.home.test']);
    expect(received(echo, 'X-Forwarded-Proto')).toEqual(['http']);
    expect(received(echo, 'X-Forwarded-For')).toEqual(['203.0.113.7, 127.0.0.1']);
  });

  it('has every path of its host, but for those of the outpost', async () => {
    for (const pathname of ['/if/user/', '/api/v3/core/users/', '/application/o/', '/-/health/live/']) {
      expect(JSON.parse(await textOf(await request(pathname))).url).toBe(pathname);
    }
    expect((await request('/outpost.goauthentik.io/ping')).statusCode).toBe(204);
  });

  it('keeps out who is not allowed, and says why', async () => {
    const last = await signIn(await visitor().visit(`${FAMILY}/photos`), 'bert');
    expect(last.status).toBe(403);
    expect(last.text()).toContain('family');
  });

  it('tells a stranger who has sent a form that it was not delivered', async () => {
    const headers = { cookie: '', accept: 'text/html' };
    const answer = await request('/comment', { method: 'POST', headers }, (outgoing) => outgoing.end('x=1'));
    expect(answer.statusCode).toBe(401);
    expect(await textOf(answer)).toContain('was not delivered');
    const api = await sendRaw(gate.origin, [
      'GET /api/x HTTP/1.1',
      'Host: app.home.test',
      'Accept: application/json',
    ]);
    expect(api.status).toBe(401);
    expect(JSON.parse(api.body).error).toBe('not_signed_in');
  });

  it('lets everybody pass to listed addresses, without a name', async () => {
    const answer = await visitor().get(`${APP}/api/public/1?x=1`);
    expect(answer.status).toBe(200);
    expect(received(answer.json(), 'X-authentik-username')).toEqual(['']);
  });

  it('hands on events as they come', async () => {
    const answer = await request('/events');
    const [first] = await once(answer, 'data');
    expect(Date.now() - Number(/\d+/.exec(String(first))?.[0])).toBeLessThan(150);
    const before = application.abandoned();
    answer.destroy();
    await sleep(300);
    expect(application.abandoned()).toBe(before + 1);
  });

  it('takes an upload of unknown length, and one of a known length', async () => {
    const block = Buffer.alloc(MIB, 'x');
    const chunked = await request('/upload', { method: 'POST' }, (outgoing) => {
      for (let count = 0; count < 5; count += 1) outgoing.write(block);
      outgoing.end();
    });
    expect(await textOf(chunked)).toBe(String(5 * MIB));
    const headers = { 'content-length': MIB };
    const sized = await request('/upload', { method: 'PUT', headers }, (outgoing) => outgoing.end(block));
    expect(await textOf(sized)).toBe(String(MIB));
  });

  it('takes from the application no more than the browser takes', async () => {
    const answer = await request('/endless');
    answer.pause();
    await sleep(300);
    const before = process.memoryUsage().rss;
    await sleep(700);
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * MIB);
    answer.destroy();
  });

  it('hands on repeated and odd headers as they are, and none about the connection', async () => {
    const { status, headers } = await sendRaw(gate.origin, [
      'GET /odd-headers HTTP/1.1',
      'Host: app.home.test',
      `Cookie: ${cookie}`,
    ]);
    expect(status).toBe(200);
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(headers['x-name']).toEqual(['Grüße']);
    expect(headers['x-hop']).toBeUndefined();
    expect((headers['keep-alive'] ?? []).join()).not.toContain('77');
  });

  it('does not pass half an answer off as a whole one', async () => {
    const answer = await request('/half');
    await expect(textOf(answer)).rejects.toThrow();
  });

  it('speaks TLS with the application, and refuses a certificate that nobody has signed', async () => {
    const trusting = await signIn(await visitor().visit(`${TRUSTING}/a?b=c`), 'anna');
    expect(trusting.json<Echo>().url).toBe('/a?b=c');
    const refused = await signIn(await visitor().visit(`${SECURE}/`), 'anna');
    expect(refused.status).toBe(502);
  });

  it('says in words that the application does not answer', async () => {
    const last = await signIn(await visitor().visit(`${DOWN}/`), 'anna');
    expect(last.status).toBe(502);
    expect(last.text()).toContain('down does not answer');
  });

  it('answers an upload that the application cannot take', async () => {
    const own = await cookieAt(DOWN, 'anna');
    const answer = await request('/', { host: DOWN, method: 'POST', headers: { cookie: own } }, (outgoing) =>
      outgoing.end(Buffer.alloc(MIB)),
    );
    expect(answer.statusCode).toBe(502);
  });

  it('does not go round in a circle', async () => {
    const last = await signIn(await visitor().visit(`${CIRCLE}/`), 'anna');
    expect(last.status).toBe(508);
  });

  it('passes a person to the upstream, and with the host, that their attributes name', async () => {
    const { deps } = gate.gatelodge;
    const { id } = await deps.db.user.findFirstOrThrow({ where: { username: 'bert' } });
    const attributes = { own_backend: application.origin, own_host: 'bert.internal' };
    await gate.api('PATCH', `core/users/${id}/`, { attributes });
    await gate.settle();
    const last = await signIn(await visitor().visit(`${PERSONAL}/x`), 'bert');
    expect(received(last.json(), 'Host')).toEqual(['bert.internal']);
    expect(received(last.json(), 'X-Forwarded-Host')).toEqual(['personal.home.test']);
  });
});
