// HTTP messages through proxy mode (RFC 9110, 9112): what an application says and a client says comes out at the other
// end as it was meant, also what few say. The application is a script of bytes; the client is one too, or node:http.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gate, openGate } from './gate.ts';
import { sendRaw } from './raw-request.ts';
import { type ScriptedApplication, startScriptedApplication } from './scripted-application.ts';

const APP = 'http://app.home.test';
const MIB = 1024 * 1024;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const head = (...lines: string[]) => [...lines, '', ''].join('\r\n');

const SCRIPTS: Parameters<typeof startScriptedApplication>[0] = {
  '/ok': OK,
  '/chunked': `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
  '/trailers': `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Trailer: X-Sum')}3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n`,
  '/until-closed': ({ socket }) => socket.end(`${head('HTTP/1.1 200 OK')}until the end`),
  '/hints': `${head('HTTP/1.1 103 Early Hints', 'Link: </a.css>; rel=preload')}${OK}`,
  '/nothing': head('HTTP/1.1 204 No Content'),
  '/not-modified': head('HTTP/1.1 304 Not Modified', 'ETag: "a"', 'Content-Length: 5'),
  '/only-head': head('HTTP/1.1 200 OK', 'Content-Length: 1234', 'Content-Type: text/x'),
  '/words': head('HTTP/1.1 299 Nicht schl\xc3\xbcssig \xe6\x97\xa5\xe6\x9c\xac', 'Content-Length: 0'),
  '/no-words': head('HTTP/1.1 200', 'Content-Length: 0'),
  '/dated': head('HTTP/1.1 200 OK', 'Date: Thu, 01 Jan 1970 00:00:00 GMT', 'Content-Length: 0'),
  '/half-sized': ({ socket }) => socket.end(`${head('HTTP/1.1 200 OK', 'Content-Length: 100')}half`),
  '/half-chunked': ({ socket }) =>
    socket.end(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}3\r\nabc\r\n`),
  '/reset': ({ socket }) => {
    socket.write(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}3\r\nabc\r\n`);
    setTimeout(() => socket.resetAndDestroy(), 50);
  },
  '/nonsense': ({ socket }) => socket.end('SMTP ready\r\n'),
  '/too-much': ({ socket }) => socket.end(head('HTTP/1.1 200 OK', `X-Long: ${'a'.repeat(100_000)}`)),
  '/both-lengths': ({ socket }) =>
    socket.end(`${head('HTTP/1.1 200 OK', 'Content-Length: 3', 'Transfer-Encoding: chunked')}0\r\n\r\n`),
  '/silence': () => undefined,
  '/deaf': ({ socket }) => socket.pause(),
  '/refused-early': ({ socket }) => {
    socket.write(`${head('HTTP/1.1 413 Content Too Large', 'Content-Length: 3')}big`);
  },
  /** Answers each connection once, and closes it when it is used again. */
  '/once': ({ socket, turn }) => {
    if (turn > 1) socket.destroy();
    else socket.write(OK);
  },
};

let gate: Gate;
let application: ScriptedApplication;
let port: number;

beforeAll(async () => {
  application = await startScriptedApplication(SCRIPTS);
  gate = await openGate(undefined, { GATELODGE_UPSTREAM_TIMEOUT: '1' });
  const provider = { mode: 'proxy', internal_host: application.origin, skip_path_regex: '^/' };
  await gate.protect({ slug: 'app', externalHost: APP, provider });
  port = Number(new URL(gate.origin).port);
});
afterAll(async () => {
  await gate?.gatelodge.stop();
  await application?.stop();
});

const send = (path: string, ...headers: string[]) =>
  sendRaw(gate.origin, [`GET ${path} HTTP/1.1`, 'Host: app.home.test', ...headers]);

async function ask(
  path: string,
  options: http.RequestOptions = {},
  write: (outgoing: http.ClientRequest) => void = (outgoing) => outgoing.end(),
): Promise<http.IncomingMessage> {
  const headers = { host: 'app.home.test', ...options.headers };
  const outgoing = http.request(gate.origin + path, { agent: false, ...options, headers });
  write(outgoing);
  const [answer] = await once(outgoing, 'response');
  return answer;
}

/** What the application has heard last. */
const lastHeard = () => application.heard.at(-1);
const linesOf = (given = '') => given.split('\r\n').map((line) => line.toLowerCase());

async function until(test: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !test(); tries += 1) await sleep(10);
}

describe('an answer', () => {
  it('of unknown length comes whole', async () => {
    expect(await text(await ask('/chunked'))).toBe('abcde');
    expect(await text(await ask('/until-closed'))).toBe('until the end');
  });

  it('comes without trailers, and whole', async () => {
    const answer = await ask('/trailers');
    expect(await text(answer)).toBe('abc');
    expect([answer.headers.trailer, answer.trailers]).toEqual([undefined, {}]);
  });

  it('comes once, after hints that come before it', async () => {
    const { status, body } = await send('/hints');
    expect([status, body]).toEqual([200, 'ok']);
  });

  it('without a body has none, and keeps its headers', async () => {
    const nothing = await send('/nothing');
    expect([nothing.status, nothing.body, nothing.headers['transfer-encoding']]).toEqual([
      204,
      '',
      undefined,
    ]);
    const same = await send('/not-modified', 'If-None-Match: "a"');
    expect([same.status, same.body, same.headers.etag]).toEqual([304, '', ['"a"']]);
    const only = await ask('/only-head', { method: 'HEAD' });
    expect([only.statusCode, only.headers['content-length'], await text(only)]).toEqual([200, '1234', '']);
  });

  it('keeps its status, whatever words stand beside it', async () => {
    expect((await send('/words')).status).toBe(299);
    expect((await send('/no-words')).status).toBe(200);
    expect((await send('/ok')).body).toBe('ok');
  });

  it('has one date, its own', async () => {
    expect((await send('/dated')).headers.date).toEqual(['Thu, 01 Jan 1970 00:00:00 GMT']);
  });

  it.each(['/half-sized', '/half-chunked', '/reset'])(
    'that breaks off does not look whole: %s',
    async (path) => {
      const answer = await ask(path);
      expect(answer.statusCode).toBe(200);
      await expect(text(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
    },
  );

  it.each(['/nonsense', '/too-much'])('that is none is explained: %s', async (path) => {
    const answer = await send(path, 'Accept: text/html');
    expect(answer.status).toBe(502);
    expect(answer.body).toContain('</html>');
  });

  it('with both kinds of length is never two', async () => {
    const socket = net.connect(port, '127.0.0.1');
    const request = head('GET /both-lengths HTTP/1.1', 'Host: app.home.test');
    socket.write(
      request + request.replace('/both-lengths', '/ok').replace('Host', 'Connection: close\r\nHost'),
    );
    const answers = await text(socket);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual([expect.stringMatching(/200|502/), 'HTTP/1.1 200']);
  });

  it('that does not begin is waited for no longer than is said', async () => {
    const answer = await send('/silence', 'Accept: text/html');
    expect(answer.status).toBe(504);
    expect(answer.body).toContain('</html>');
  });
});

describe('a request', () => {
  it.each(['GET', 'DELETE'])('%s may have a body', async (method) => {
    const headers = { 'content-length': 4 };
    const answer = await ask('/ok', { method, headers }, (outgoing) => outgoing.end('body'));
    expect(await text(answer)).toBe('ok');
    expect(linesOf(lastHeard()?.head)).toContain('content-length: 4');
    await until(() => lastHeard()?.body() === 'body');
    expect(lastHeard()?.body()).toBe('body');
  });

  it('of unknown length is chunked, one of a known length is not', async () => {
    await ask('/ok', { method: 'POST' }, (outgoing) => {
      outgoing.write('a');
      outgoing.end('b');
    });
    const chunked = linesOf(lastHeard()?.head);
    expect(chunked).toContain('transfer-encoding: chunked');
    expect(chunked.filter((line) => line.startsWith('content-length'))).toEqual([]);
    await ask('/ok', { method: 'POST', headers: { 'content-length': 2 } }, (outgoing) => outgoing.end('ab'));
    const sized = linesOf(lastHeard()?.head);
    expect(sized).toContain('content-length: 2');
    expect(sized.filter((line) => line.startsWith('transfer-encoding'))).toEqual([]);
    await ask('/ok', { method: 'POST', headers: { 'content-length': 0 } });
    expect(linesOf(lastHeard()?.head).filter((line) => line.startsWith('content-length'))).toEqual([
      'content-length: 0',
    ]);
  });

  it('that asks whether to go on is told so by us, and not by the application', async () => {
    const headers = { expect: '100-continue', 'content-length': 4 };
    const answer = await ask('/ok', { method: 'POST', headers }, (outgoing) => {
      outgoing.once('continue', () => outgoing.end('body'));
      outgoing.flushHeaders();
    });
    expect(await text(answer)).toBe('ok');
    expect(linesOf(lastHeard()?.head).filter((line) => line.startsWith('expect'))).toEqual([]);
  });

  it('takes with it no header about the connection to us', async () => {
    const hops = [
      'TE: trailers',
      'Keep-Alive: timeout=9',
      'Proxy-Authorization: Basic eA==',
      'Proxy-Connection: x',
    ];
    const listed = ['Connection: X-Hop, Keep-Alive', 'Connection: x_other', 'X-Hop: 1', 'X-Other: 1'];
    await send('/ok', ...hops, ...listed, 'X-Kept: 1');
    const names = linesOf(lastHeard()?.head).map((line) => line.split(':')[0]);
    expect(names).toContain('x-kept');
    for (const name of ['te', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'x-hop', 'x-other']) {
      expect(names).not.toContain(name);
    }
  });

  it('ends at the application when its sender goes away, while it is sent and while it is answered', async () => {
    const sending = http.request(`${gate.origin}/silence`, {
      method: 'POST',
      headers: { host: 'app.home.test', 'content-length': 100 },
    });
    sending.on('error', () => undefined).write('half');
    await until(() => lastHeard()?.body() === 'half');
    const upload = lastHeard();
    sending.destroy();
    await until(() => upload?.socket.destroyed === true);
    expect(upload?.socket.destroyed).toBe(true);

    const heardBefore = application.heard.length;
    const waiting = http.get(`${gate.origin}/silence`, { headers: { host: 'app.home.test' } });
    waiting.on('error', () => undefined);
    await until(() => application.heard.length > heardBefore);
    const asked = lastHeard();
    waiting.destroy();
    // Sooner than the second after which it would be given up anyhow.
    for (let tries = 0; tries < 50 && !asked?.socket.destroyed; tries += 1) await sleep(10);
    expect(asked?.socket.destroyed).toBe(true);
  });

  it('is sent again on a new connection when the kept one was closed in that moment, unless it has done something', async () => {
    expect((await send('/once')).body).toBe('ok');
    expect((await send('/once')).body).toBe('ok');
    expect((await send('/once')).body).toBe('ok');
    const options = { method: 'POST', headers: { 'content-length': 1 } };
    const posted = await ask('/once', options, (outgoing) => outgoing.end('x'));
    expect(posted.statusCode).toBe(502);
  });

  it.each([
    ['/refused-early', 'HTTP/1.1 413'],
    ['/nonsense', 'HTTP/1.1 502'],
  ])('that is answered before it has come leaves a connection for the next one: %s', async (path, status) => {
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    const answers = text(socket);
    socket.write(head(`POST ${path} HTTP/1.1`, 'Host: app.home.test', `Content-Length: ${16 * MIB}`));
    socket.write(Buffer.alloc(16 * MIB));
    socket.write(head('GET /ok HTTP/1.1', 'Host: app.home.test', 'Connection: close'));
    expect((await answers).match(/HTTP\/1\.1 \d+/g)).toEqual([status, 'HTTP/1.1 200']);
  });

  it('is taken no faster than the application takes it', async () => {
    const headers = { host: 'app.home.test', 'content-length': 512 * MIB };
    const stalled = http.request(`${gate.origin}/deaf`, { method: 'POST', headers });
    stalled.on('error', () => undefined);
    let sent = 0;
    for (let isTaken = true; isTaken && sent < 128 * MIB; sent += MIB) {
      stalled.write(Buffer.alloc(MIB));
      isTaken = await Promise.race([once(stalled, 'drain').then(() => true), sleep(1000, false)]);
    }
    expect(sent).toBeLessThan(64 * MIB);
    stalled.destroy();
  });
});
