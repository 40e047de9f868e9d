// Server-side request forgery: what an address leads to is decided by what is connected to, at every request anew.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Outbound, OutboundFault } from '../../../src/platform/outbound/outbound.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A service on this machine; `port` of what it listens on, and how often it was called. */
async function serve(answer: RequestListener): Promise<{ port: number; calls: string[] }> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(request.url ?? '');
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as AddressInfo).port, calls };
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const address = (text: string) => ({ address: text, family: text.includes(':') ? 6 : 4 });

describe('an outbound request', () => {
  it('reaches a name whose address is allowed, and hands the answer over', async () => {
    const { port } = await serve((_request, response) => response.writeHead(201, { 'x-a': '1' }).end('here'));
    const outbound = new Outbound({ outboundAllow: LOOPBACK });
    const answer = await outbound.fetch(`http://localhost:${port}/x`, { method: 'POST', body: 'y' });
    expect([answer.status, answer.headers.get('x-a'), await answer.text()]).toEqual([201, '1', 'here']);
  });

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '[::ffff:127.0.0.1]', '127.1'])(
    'never connects to a forbidden address, however it is written: %s',
    async (host) => {
      const { port, calls } = await serve((_request, response) => response.end());
      const outbound = new Outbound({ outboundAllow: [] });
      await expect(outbound.fetch(`http://${host}:${port}/`)).rejects.toThrow(/may not be called/);
      expect(calls).toEqual([]);
    },
  );

  it.each([
    ['http://169.254.169.254/latest/meta-data/'],
    ['http://[fe80::1]/'],
    ['http://[fd00:ec2::254]/'],
    ['http://100.100.100.200/'],
  ])('never asks a cloud for its metadata, whatever is allowed: %s', async (url) => {
    const outbound = new Outbound({ outboundAllow: ['0.0.0.0/0', '::/0'] });
    await expect(outbound.fetch(url)).rejects.toThrow(/may not be called/);
  });

  it('checks what a name resolves to, not the name', async () => {
    const { port, calls } = await serve((_request, response) => response.end());
    const resolve = () => Promise.resolve([address('169.254.169.254'), address('::ffff:10.0.0.1')]);
    const outbound = new Outbound({ outboundAllow: LOOPBACK }, { resolve });
    await expect(outbound.fetch(`http://nice.example:${port}/`)).rejects.toThrow(
      /nice\.example \(169\.254\.169\.254, .*may not be called/,
    );
    expect(calls).toEqual([]);
  });

  it('connects to the address that it checked: a name that is resolved otherwise a moment later gains nothing', async () => {
    const { port, calls } = await serve((_request, response) => response.end('ok'));
    let lookups = 0;
    const resolve = () => Promise.resolve([address(lookups++ % 2 === 0 ? '127.0.0.1' : '169.254.169.254')]);
    const outbound = new Outbound({ outboundAllow: LOOPBACK }, { resolve });
    expect((await outbound.fetch(`http://rebinding.example:${port}/1`)).status).toBe(200);
    expect(lookups).toBe(1);
    await expect(outbound.fetch(`http://rebinding.example:${port}/2`)).rejects.toThrow(/may not be called/);
    expect(calls).toEqual(['/1']);
  });

  it('connects to the allowed ones among several addresses', async () => {
    const { port } = await serve((_request, response) => response.end('ok'));
    const resolve = () => Promise.resolve([address('169.254.169.254'), address('127.0.0.1')]);
    const outbound = new Outbound({ outboundAllow: LOOPBACK }, { resolve });
    expect((await outbound.fetch(`http://both.example:${port}/`)).status).toBe(200);
  });

  it('does not follow a redirect', async () => {
    const { port, calls } = await serve((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );
    const outbound = new Outbound({ outboundAllow: LOOPBACK });
    const answer = await outbound.fetch(`http://127.0.0.1:${port}/`);
    expect([answer.status, calls.length]).toEqual([302, 1]);
  });

  it.each([['file:///etc/passwd'], ['gopher://localhost/'], ['nonsense'], ['//localhost/']])(
    'speaks nothing but HTTP: %s',
    async (url) => {
      await expect(new Outbound({ outboundAllow: LOOPBACK }).fetch(url)).rejects.toThrow(OutboundFault);
    },
  );

  it('waits for a slow answer only for so long', async () => {
    const { port } = await serve((_request, response) => response.write('a little'));
    const outbound = new Outbound({ outboundAllow: LOOPBACK }, { timeoutSeconds: 0.2 });
    await expect(outbound.fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow(/no answer within/);
    for (const server of servers) server.closeAllConnections();
  });

  it('reads only so much', async () => {
    const { port } = await serve((_request, response) => response.end('x'.repeat(5000)));
    const outbound = new Outbound({ outboundAllow: LOOPBACK }, { maxBytes: 4096 });
    await expect(outbound.fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow(/more than 4096 bytes/);
  });

  it('says in words what went wrong', async () => {
    const { port } = await serve((_request, response) => response.end());
    const [server] = servers.splice(0);
    await new Promise((closed) => server?.close(closed));
    const outbound = new Outbound({ outboundAllow: LOOPBACK });
    await expect(outbound.fetch(`http://localhost:${port}/`)).rejects.toThrow(/ECONNREFUSED/);
  });
});
