// Answers through proxy mode (RFC 9110, 9112): what an application says comes out as it was meant, also what few say.
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scripts } from './scripted-application.ts';
import { head, OK, openScriptedGate, type ScriptedGate } from './scripted-gate.ts';

const SCRIPTS: Scripts = {
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
};

let gate: ScriptedGate;

beforeAll(async () => {
  gate = await openScriptedGate(SCRIPTS);
});
afterAll(() => gate?.close());

describe('an answer', () => {
  it('of unknown length comes whole', async () => {
    expect(await text(await gate.ask('/chunked'))).toBe('abcde');
    expect(await text(await gate.ask('/until-closed'))).toBe('until the end');
  });

  it('comes without trailers, and whole', async () => {
    const answer = await gate.ask('/trailers');
    expect(await text(answer)).toBe('abc');
    expect([answer.headers.trailer, answer.trailers]).toEqual([undefined, {}]);
  });

  it('comes once, after hints that come before it', async () => {
    const { status, body } = await gate.send('/hints');
    expect([status, body]).toEqual([200, 'ok']);
  });

  it('without a body has none, and keeps its headers', async () => {
    const nothing = await gate.send('/nothing');
    expect([nothing.status, nothing.body, nothing.headers['transfer-encoding']]).toEqual([
      204,
      '',
      undefined,
    ]);
    const same = await gate.send('/not-modified', 'If-None-Match: "a"');
    expect([same.status, same.body, same.headers.etag]).toEqual([304, '', ['"a"']]);
    const only = await gate.ask('/only-head', { method: 'HEAD' });
    expect([only.statusCode, only.headers['content-length'], await text(only)]).toEqual([200, '1234', '']);
  });

  it('keeps its status, whatever words stand beside it', async () => {
    expect((await gate.send('/words')).status).toBe(299);
    expect((await gate.send('/no-words')).status).toBe(200);
    expect((await gate.send('/ok')).body).toBe('ok');
  });

  it('has one date, its own', async () => {
    expect((await gate.send('/dated')).headers.date).toEqual(['Thu, 01 Jan 1970 00:00:00 GMT']);
  });

  it.each(['/half-sized', '/half-chunked', '/reset'])(
    'that breaks off does not look whole: %s',
    async (path) => {
      const answer = await gate.ask(path);
      expect(answer.statusCode).toBe(200);
      await expect(text(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
    },
  );

  it.each(['/nonsense', '/too-much'])('that is none is explained: %s', async (path) => {
    const answer = await gate.send(path, 'Accept: text/html');
    expect(answer.status).toBe(502);
    expect(answer.body).toContain('</html>');
  });

  it('with both kinds of length is never two', async () => {
    const socket = net.connect(gate.port, '127.0.0.1');
    const request = head('GET /both-lengths HTTP/1.1', 'Host: app.home.test');
    socket.write(
      request + request.replace('/both-lengths', '/ok').replace('Host', 'Connection: close\r\nHost'),
    );
    const answers = await text(socket);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual([expect.stringMatching(/200|502/), 'HTTP/1.1 200']);
  });

  it('that does not begin is waited for no longer than is said', async () => {
    const answer = await gate.send('/silence', 'Accept: text/html');
    expect(answer.status).toBe(504);
    expect(answer.body).toContain('</html>');
  });
});
