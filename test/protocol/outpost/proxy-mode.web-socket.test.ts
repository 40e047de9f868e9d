// WebSockets through proxy mode, as bytes on a socket.
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUTH, type Gate, openGate, signIn } from './gate.ts';
import { type StreamingApplication, startStreamingApplication } from './streaming-application.ts';

const APP = 'http://app.home.test';

let gate: Gate;
let application: StreamingApplication;
let cookie: string;

beforeAll(async () => {
  [gate, application] = await Promise.all([openGate(), startStreamingApplication()]);
  const provider = { mode: 'proxy', internal_host: application.origin };
  await gate.protect({ slug: 'app', externalHost: APP, provider });
  const browser = gate.browser({ [APP]: gate.origin });
  await signIn(await browser.visit(`${APP}/`), 'anna');
  cookie = await browser.cookies.getCookieString(APP);
});

afterAll(async () => {
  await gate?.gatelodge.stop();
  await application?.stop();
});

describe('a WebSocket in proxy mode', () => {
  const handshake = (pathname: string, given = cookie) =>
    [
      `GET ${pathname} HTTP/1.1`,
      'Host: app.home.test',
      `Cookie: ${given}`,
      ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: x'],
      ...['', ''],
    ].join('\r\n');

  async function open(text: string): Promise<{ socket: net.Socket; head: string }> {
    const socket = net.connect(Number(new URL(gate.origin).port), '127.0.0.1');
    socket.on('error', () => undefined).write(text);
    const [head] = await once(socket, 'data');
    return { socket, head: String(head) };
  }

  it('is joined to the application, which is told who it is', async () => {
    const { socket, head } = await open(handshake('/socket'));
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toContain('X-Told: anna');
    socket.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    socket.end();
    await once(socket, 'close');
  });

  it('is refused to a stranger', async () => {
    const { socket, head } = await open(handshake('/socket', ''));
    expect(head).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  it('is refused as the application refuses it', async () => {
    const { socket, head } = await open(handshake('/refused'));
    expect(head).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
  });

  it('is an ordinary request for our own pages', async () => {
    const own = handshake('/if/user/').replace('app.home.test', new URL(AUTH).host);
    const { socket, head } = await open(own);
    expect(head).toMatch(/^HTTP\/1\.1 302 |^HTTP\/1\.1 303 /);
    socket.destroy();
  });

  it('does not keep Gatelodge from stopping', async () => {
    const { socket } = await open(handshake('/socket'));
    const startedAt = Date.now();
    await gate.gatelodge.stop();
    expect(Date.now() - startedAt).toBeLessThan(5000);
    socket.destroy();
  });
});
