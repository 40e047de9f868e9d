// `Expect: 100-continue` in proxy mode (RFC 9110 §10.1.1): nobody is asked for a body that will not be taken.
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { removeUser } from '../../../src/identity/group/membership.ts';
import { findFreePort } from '../../support/free-port.ts';
import { AUTH, type Gate, openGate, signIn } from './gate.ts';
import { type StreamingApplication, startStreamingApplication } from './streaming-application.ts';

const APP = 'http://app.home.test';
const FAMILY = 'http://family.home.test';
const DOWN = 'http://down.home.test';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

let gate: Gate;
let application: StreamingApplication;
let socket: net.Socket;
let answered: string;

beforeAll(async () => {
  [gate, application] = await Promise.all([openGate(), startStreamingApplication()]);
  const to = (internalHost: string) => ({
    mode: 'proxy',
    internal_host: internalHost,
    skip_path_regex: '^/open/',
  });
  await gate.protect({ slug: 'app', externalHost: APP, provider: to(application.origin) });
  const groups = ['family'];
  await gate.protect({ slug: 'family', externalHost: FAMILY, groups, provider: to(application.origin) });
  const nowhere = `http://127.0.0.1:${await findFreePort()}`;
  await gate.protect({ slug: 'down', externalHost: DOWN, provider: to(nowhere) });
});
afterAll(async () => {
  await gate?.gatelodge.stop();
  await application?.stop();
});
afterEach(() => {
  socket.destroy();
});

async function cookieAt(host: string, username = 'bert'): Promise<string> {
  const hosts = [APP, FAMILY, DOWN].map((each) => [each, gate.origin]);
  const browser = gate.browser(Object.fromEntries(hosts));
  await signIn(await browser.visit(`${host}/outpost.goauthentik.io/start?rd=/`), username);
  return browser.cookies.getCookieString(host);
}

/** She has a session there, and may not open it any more. */
async function cookieOfOneWhoWasAllowed(): Promise<string> {
  const cookie = await cookieAt(FAMILY, 'anna');
  const { db, changes } = gate.gatelodge.deps;
  const [group, anna] = await Promise.all([
    db.group.findFirstOrThrow({ where: { name: 'family' } }),
    db.user.findFirstOrThrow({ where: { username: 'anna' } }),
  ]);
  await removeUser(db, changes, group.id, anna.id);
  await gate.settle();
  return cookie;
}

/** Sends the head of an upload of four bytes, and waits to be asked for them. */
function ask(host: string, path: string, ...headers: string[]): void {
  answered = '';
  socket = net.connect(Number(new URL(gate.origin).port), '127.0.0.1').on('error', () => undefined);
  socket.on('data', (chunk) => {
    answered += chunk.toString();
  });
  const lines = [`POST ${path} HTTP/1.1`, `Host: ${new URL(host).host}`, 'Content-Length: 4', ...headers];
  socket.write(`${[...lines, 'Expect: 100-continue'].join('\r\n')}\r\n\r\n`);
}

async function untilAnswered(pattern: RegExp): Promise<string> {
  while (!pattern.test(answered) && !socket.destroyed) {
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  }
  return answered;
}

describe('a sender that waits to be asked for its body', () => {
  it('is asked for it when it may pass, and the upload arrives', async () => {
    ask(APP, '/upload', `Cookie: ${await cookieAt(APP)}`);
    expect(await untilAnswered(/\r\n\r\n/)).toBe(CONTINUE);
    socket.write('body');
    expect(await untilAnswered(/\r\n\r\n4$|\r\n4\r\n/)).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
    );
    socket.write('GET /again HTTP/1.1\r\nHost: app.home.test\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(answered.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200', 'HTTP/1.1 401']);
  });

  it('is asked for it where everybody may pass', async () => {
    ask(APP, '/open/upload');
    expect(await untilAnswered(/\r\n\r\n/)).toBe(CONTINUE);
    socket.write('body');
    expect(await untilAnswered(/\r\n\r\n4$|\r\n4\r\n/)).toContain('HTTP/1.1 200 OK\r\n');
  });

  it('may send it without having been asked', async () => {
    ask(APP, '/upload', `Cookie: ${await cookieAt(APP)}`);
    socket.write('body');
    expect(await untilAnswered(/\r\n\r\n4$|\r\n4\r\n/)).toContain('HTTP/1.1 200 OK\r\n');
  });

  it.each([
    ['a stranger', APP, '/upload', async () => '', 401],
    [
      'a stranger with a cookie of no worth',
      APP,
      '/upload',
      async () => `gatelodge_proxy_1=${'a'.repeat(43)}`,
      401,
    ],
    ['somebody who may not open it', FAMILY, '/upload', cookieOfOneWhoWasAllowed, 403],
    ['somebody who may, while the application is down', DOWN, '/upload', () => cookieAt(DOWN), 502],
    ['somebody who leaves', APP, '/outpost.goauthentik.io/sign_out', () => cookieAt(APP), 302],
  ])('is answered without having been asked: %s', async (_, host, path, cookieOf, status) => {
    ask(host, path, `Cookie: ${await cookieOf()}`);
    await once(socket, 'close');
    expect(answered.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
  });

  it('is asked for it at once by our own pages', async () => {
    ask(AUTH, '/api/v3/core/groups/');
    expect(await untilAnswered(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  });
});
