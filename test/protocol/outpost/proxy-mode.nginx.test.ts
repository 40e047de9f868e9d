// Proxy mode before a real web server, nginx, that knows ranges, validators, compression and uploads into files.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Front } from '../../support/front.ts';
import { hasNginx, startNginx } from '../../support/nginx.ts';
import { type Gate, openGate } from './gate.ts';

const MIB = 1024 * 1024;
const FILM = randomBytes(32 * MIB);
const PAGE = 'some words '.repeat(5000);

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

(hasNginx ? describe : describe.skip)('nginx in proxy mode', () => {
  let gate: Gate;
  let nginx: Front;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  beforeAll(async () => {
    nginx = await startNginx(({ directory, port }) => {
      writeFileSync(path.join(directory, 'film.bin'), FILM);
      writeFileSync(path.join(directory, 'page.txt'), PAGE);
      return { sites: site(directory, port) };
    });
    gate = await openGate();
    const provider = { mode: 'proxy', internal_host: nginx.origin, skip_path_regex: '^/' };
    await gate.protect({ slug: 'app', externalHost: 'http://app.home.test', provider });
  });
  afterAll(async () => {
    agent.destroy();
    await gate?.gatelodge.stop();
    await nginx?.stop();
  });

  /** All on one connection: an answer that is not understood would spoil the next one. */
  async function ask(
    method: string,
    pathname: string,
    headers: http.OutgoingHttpHeaders = {},
    body?: Buffer,
  ) {
    const given = { host: 'app.home.test', ...headers };
    const outgoing = http.request(gate.origin + pathname, { method, headers: given, agent });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [http.IncomingMessage];
    return answer;
  }

  it('hands out a file whole, in part, and as unchanged', async () => {
    const whole = await ask('GET', '/film.bin');
    expect(whole.headers).toMatchObject({ 'content-length': String(FILM.length), 'accept-ranges': 'bytes' });
    expect(digest(await buffer(whole))).toBe(digest(FILM));
    const part = await ask('GET', '/film.bin', { range: 'bytes=1000-2999' });
    expect([part.statusCode, part.headers['content-range']]).toEqual([206, `bytes 1000-2999/${FILM.length}`]);
    expect(await buffer(part)).toEqual(FILM.subarray(1000, 3000));
    const beyond = await ask('GET', '/film.bin', { range: `bytes=${FILM.length}-` });
    expect([beyond.statusCode, (await text(beyond)).length > 0]).toEqual([416, true]);
    const known = { 'if-none-match': whole.headers.etag };
    const same = await ask('GET', '/film.bin', known);
    expect([same.statusCode, await text(same)]).toEqual([304, '']);
    const head = await ask('HEAD', '/film.bin');
    expect([head.statusCode, head.headers['content-length'], await text(head)]).toEqual([
      200,
      String(FILM.length),
      '',
    ]);
  });

  it('compresses for who can read that, and for nobody else', async () => {
    const packed = await ask('GET', '/page.txt', { 'accept-encoding': 'gzip' });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gunzipSync(await buffer(packed)).toString()).toBe(PAGE);
    const plain = await ask('GET', '/page.txt');
    expect([plain.headers['content-encoding'], await text(plain)]).toEqual([undefined, PAGE]);
  });

  it.each([
    ['of known length', { 'content-length': String(FILM.length) }],
    ['of unknown length', { 'transfer-encoding': 'chunked' }],
    ['announced by Expect', { 'content-length': String(FILM.length), expect: '100-continue' }],
  ])('takes an upload %s to the last byte', async (_, headers) => {
    const answer = await ask('PUT', '/stored/film.bin', headers, FILM);
    expect([201, 204]).toContain(answer.statusCode);
    await text(answer);
    expect(digest(await buffer(await ask('GET', '/stored/film.bin')))).toBe(digest(FILM));
  });

  it('refuses what is too large for it in its own words, and the next request is answered', async () => {
    const answer = await ask('POST', '/small', { 'content-length': String(FILM.length) }, FILM);
    expect([answer.statusCode, (await text(answer)).includes('413')]).toEqual([413, true]);
    expect((await ask('HEAD', '/page.txt')).statusCode).toBe(200);
  });

  it('redirects with the address that the browser knows', async () => {
    const answer = await ask('GET', '/stored');
    expect([answer.statusCode, answer.headers.location]).toEqual([301, 'http://app.home.test/stored/']);
    await text(answer);
  });
});

const site = (directory: string, port: number) => `
  server {
    listen 127.0.0.1:${port};
    server_name app.home.test;
    port_in_redirect off;
    root ${directory};
    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_types text/plain;
    types { text/plain txt; }
    location /stored/ {
      client_max_body_size 64m;
      dav_methods PUT;
      create_full_put_path on;
    }
    location /small { client_max_body_size 1m; proxy_pass http://127.0.0.1:${port}/page.txt; }
  }`;
