// Requests through proxy mode (RFC 9110, 9112): what a client says reaches the application as it was meant, no faster than
// it is taken, and no longer than somebody waits for the answer.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scripts } from './scripted-application.ts';
import { HOST, head, OK, openScriptedGate, type ScriptedGate } from './scripted-gate.ts';

const MIB = 1024 * 1024;

const SCRIPTS: Scripts = {
  '/ok': OK,
  '/nonsense': ({ socket }) => socket.end('SMTP ready\r\n'),
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

let gate: ScriptedGate;

beforeAll(async () => {
  gate = await openScriptedGate(SCRIPTS);
});
afterAll(() => gate?.close());

/** What the application has heard last. */
const lastHeard = () => gate.application.heard.at(-1);
const linesOf = (given = '') => given.split('\r\n').map((line) => line.toLowerCase());

async function until(test: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !test(); tries += 1) await sleep(10);
}

describe('a request', () => {
  it.each(['GET', 'DELETE'])('%s may have a body', async (method) => {
    const headers = { 'content-length': 4 };
    const answer = await gate.ask('/ok', { method, headers }, (outgoing) => outgoing.end('body'));
    expect(await text(answer)).toBe('ok');
    expect(linesOf(lastHeard()?.head)).toContain('content-length: 4');
    await until(() => lastHeard()?.body() === 'body');
    expect(lastHeard()?.body()).toBe('body');
  });

  it('of unknown length is chunked, one of a known length is not', async () => {
    await gate.ask('/ok', { method: 'POST' }, (outgoing) => {
      outgoing.write('a');
      outgoing.end('b');
    });
    const chunked = linesOf(lastHeard()?.head);
    expect(chunked).toContain('transfer-encoding: chunked');
    expect(chunked.filter((line) => line.startsWith('content-length'))).toEqual([]);
    await gate.ask('/ok', { method: 'POST', headers: { 'content-length': 2 } }, (outgoing) =>
      outgoing.end('ab'),
    );
    const sized = linesOf(lastHeard()?.head);
    expect(sized).toContain('content-length: 2');
    expect(sized.filter((line) => line.startsWith('transfer-encoding'))).toEqual([]);
    await gate.ask('/ok', { method: 'POST', headers: { 'content-length': 0 } });
    expect(linesOf(lastHeard()?.head).filter((line) => line.startsWith('content-length'))).toEqual([
      'content-length: 0',
    ]);
  });

  it('that asks whether to go on is told so by us, and not by the application', async () => {
    const headers = { expect: '100-continue', 'content-length': 4 };
    const answer = await gate.ask('/ok', { method: 'POST', headers }, (outgoing) => {
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
    await gate.send('/ok', ...hops, ...listed, 'X-Kept: 1');
    const names = linesOf(lastHeard()?.head).map((line) => line.split(':')[0]);
    expect(names).toContain('x-kept');
    for (const name of ['te', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'x-hop', 'x-other']) {
      expect(names).not.toContain(name);
    }
  });

  it('ends at the application when its sender goes away, while it is sent and while it is answered', async () => {
    const sending = http.request(`${gate.origin}/silence`, {
      method: 'POST',
      headers: { host: HOST, 'content-length': 100 },
    });
    sending.on('error', () => undefined).write('half');
    await until(() => lastHeard()?.body() === 'half');
    const upload = lastHeard();
    sending.destroy();
    await until(() => upload?.socket.destroyed === true);
    expect(upload?.socket.destroyed).toBe(true);

    const heardBefore = gate.application.heard.length;
    const waiting = http.get(`${gate.origin}/silence`, { headers: { host: HOST } });
    waiting.on('error', () => undefined);
    await until(() => gate.application.heard.length > heardBefore);
    const asked = lastHeard();
    waiting.destroy();
    // Sooner than the second after which it would be given up anyhow.
    for (let tries = 0; tries < 50 && !asked?.socket.destroyed; tries += 1) await sleep(10);
    expect(asked?.socket.destroyed).toBe(true);
  });

  it('is sent again on a new connection when the kept one was closed in that moment, unless it has done something', async () => {
    expect((await gate.send('/once')).body).toBe('ok');
    expect((await gate.send('/once')).body).toBe('ok');
    expect((await gate.send('/once')).body).toBe('ok');
    const options = { method: 'POST', headers: { 'content-length': 1 } };
    const posted = await gate.ask('/once', options, (outgoing) => outgoing.end('x'));
    expect(posted.statusCode).toBe(502);
  });

  it.each([
    ['/refused-early', 'HTTP/1.1 413'],
    ['/nonsense', 'HTTP/1.1 502'],
  ])('that is answered before it has come leaves a connection for the next one: %s', async (path, status) => {
    const socket = net.connect(gate.port, '127.0.0.1').on('error', () => undefined);
    const answers = text(socket);
    socket.write(head(`POST ${path} HTTP/1.1`, 'Host: app.home.test', `Content-Length: ${16 * MIB}`));
    socket.write(Buffer.alloc(16 * MIB));
    socket.write(head('GET /ok HTTP/1.1', 'Host: app.home.test', 'Connection: close'));
    expect((await answers).match(/HTTP\/1\.1 \d+/g)).toEqual([status, 'HTTP/1.1 200']);
  });

  it('is taken no faster than the application takes it', async () => {
    const headers = { host: HOST, 'content-length': 512 * MIB };
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
