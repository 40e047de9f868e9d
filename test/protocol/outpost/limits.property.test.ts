// The limits of the gate: what takes too long, is too large or is tried too often is refused, and slows nobody else.
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gate, openGate, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';

const APP = 'https://app.home.test';
const SLOW = 'https://slow.home.test';
const GUESSES = 1000;
const AT_ONCE = 50;

let gate: Gate;
let silent: net.Server;
let cookie: string;

beforeAll(async () => {
  gate = await openGate(EMBEDDED, { GATELODGE_UPSTREAM_TIMEOUT: '1' });
  silent = net.createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const internal_host = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  await gate.protect({ slug: 'app', externalHost: APP });
  await gate.protect({ slug: 'slow', externalHost: SLOW, provider: { mode: 'proxy', internal_host } });
  const browser = gate.browser({ [APP]: gate.origin, [SLOW]: gate.origin });
  await signIn(await browser.visit(`${APP}/outpost.goauthentik.io/start?rd=/`), 'bert');
  await browser.get(`${SLOW}/outpost.goauthentik.io/start?rd=/`).then((page) => follow(page));
  cookie = `${await browser.cookies.getCookieString(APP)}; ${await browser.cookies.getCookieString(SLOW)}`;
});

afterAll(async () => {
  await gate?.gatelodge.stop();
  silent?.close();
});

/** As far as Gatelodge leads: what lies behind does not answer. */
async function follow(page: Awaited<ReturnType<ReturnType<Gate['browser']>['get']>>): Promise<void> {
  let last = page;
  while (last.location && (last.location.pathname !== '/' || last.location.origin !== SLOW)) {
    last = await last.followRedirect();
  }
}

const check = (headers: readonly string[]) => {
  const lines = ['GET /outpost.goauthentik.io/auth/nginx HTTP/1.1', 'Host: app.home.test'];
  return sendRaw(gate.origin, [...lines, `X-Original-URL: ${APP}/`, ...headers]);
};

describe('an application that does not begin to answer', () => {
  it.each([
    ['a request', []],
    ['a WebSocket', ['Connection: Upgrade', 'Upgrade: websocket']],
  ])('is given up with 504 and a page: %s', async (_, headers) => {
    const lines = ['GET / HTTP/1.1', 'Host: slow.home.test', `Cookie: ${cookie}`, 'Accept: text/html'];
    const forwarded = ['X-Forwarded-Proto: https'];
    const { status, body } = await sendRaw(gate.origin, [...lines, ...forwarded, ...headers]);
    expect(status).toBe(504);
    expect(body).toContain('slow');
    expect(body).toContain('</html>');
  });
});

describe('headers that are too large', () => {
  it.each([
    ['cookies', `Cookie: ${'x='.padEnd(40_000, 'y')}`],
    ['credentials', `Authorization: Bearer ${'x'.repeat(40_000)}`],
  ])('are refused, and neither let in nor a fault of the server: %s', async (_, header) => {
    const { status } = await check([header]);
    expect([400, 401, 431]).toContain(status);
    expect((await check([`Cookie: ${cookie}`])).status).toBe(200);
  });

  it('of a browser with many cookies still count', async () => {
    const others = Array.from({ length: 40 }, (_, index) => `other_${index}=${'z'.repeat(100)}`).join('; ');
    expect((await check([`Cookie: ${others}; ${cookie}`])).status).toBe(200);
  });
});

describe('a thousand guesses at a password', () => {
  it('are refused, all but a few without being looked at, while others come in', async () => {
    let left = GUESSES;
    const guess = async () => {
      while (left > 0) {
        left -= 1;
        const guessed = Buffer.from(`anna:guess-${left}`).toString('base64');
        const { status } = await check([`Authorization: Basic ${guessed}`, 'X-Forwarded-For: 198.51.100.9']);
        if (status !== 401) throw new Error(`a guess was answered with ${status}`);
        if (left % 100 === 0) expect((await check([`Cookie: ${cookie}`])).status).toBe(200);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, guess));
    const key = 'address:198.51.100.9';
    const address = await gate.gatelodge.deps.db.lockout.findUniqueOrThrow({ where: { key } });
    // Only what was admitted is counted.
    expect(address.failures).toBeLessThan(40);
    expect(address.blockedUntil?.getTime()).toBeGreaterThan(Date.now());
  }, 120_000);
});
