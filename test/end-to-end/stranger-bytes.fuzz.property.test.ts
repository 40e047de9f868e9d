// Random headers, cookies, queries and bodies over the wire, from fixed seeds: nobody is let in, nothing answers 500 but
// the gate to a proxy that is wired wrongly, and the server lives.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Gate, openGate } from '../protocol/outpost/gate.ts';
import { sendRaw } from '../protocol/outpost/raw-request.ts';

const RUNS = { seed: 20_261_122, numRuns: 150 };
const GATE = '/outpost.goauthentik.io';

const printable = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll(/[\r\n]/g, ' '));
const piece = fc.oneof(
  { weight: 1, arbitrary: printable },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        'gatelodge_session=',
        'gatelodge_browser=',
        'a'.repeat(43),
        ';',
        '%00',
        '%ff',
        '../',
        '//',
        'https://app.home.test/',
      ],
      ...[
        'Bearer ',
        'Basic ',
        'YTpi',
        'eyJhbGciOiJub25lIn0.e30.',
        ',',
        '127.0.0.1',
        'evil.test',
        '[',
        '?rd=',
        '&',
        '{"',
        '"}',
      ],
    ),
  },
);
const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const NAMES = [
  ...[
    'Cookie',
    'Authorization',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Uri',
  ],
  ...[
    'X-Original-URL',
    'X-Original-URI',
    'Accept-Language',
    'Origin',
    'Referer',
    'X-Request-Id',
    'X-Forwarded-Method',
  ],
];
const headers = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 5 });
const query = value.map((text) => text.replaceAll(/[^!-~]/g, '%'));

describe('strangers who send anything at all', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await openGate();
    await gate.protect({ slug: 'app', externalHost: 'https://app.home.test' });
  });
  afterAll(() => gate?.gatelodge.stop());

  it.each([
    `${GATE}/auth/nginx`,
    `${GATE}/auth/traefik`,
    `${GATE}/auth/caddy`,
    `${GATE}/auth/envoy/`,
    `${GATE}/callback`,
  ])('are not let in at %s', async (path) => {
    const request = fc.tuple(headers, query);
    const property = fc.asyncProperty(request, async ([sent, asked]) => {
      const lines = sent.map(([name, text]) => `${name}: ${text}`);
      const { status, headers: answered } = await sendRaw(gate.origin, [
        `GET ${path}?${asked} HTTP/1.1`,
        'Host: app.home.test',
        ...lines,
      ]);
      expect([302, 303, 400, 401, 403, 404, 500]).toContain(status);
      if (status === 500) expect(path).toContain('/auth/');
      expect(answered['x-authentik-username'] ?? ['']).toEqual(['']);
    });
    await fc.assert(property, RUNS);
  });

  it.each([
    ['GET', '/if/user/'],
    ['GET', '/if/flow/default-authentication-flow/'],
    ['POST', '/if/flow/default-authentication-flow/'],
    ['GET', '/application/o/authorize/'],
    ['POST', '/application/o/token/'],
    ['POST', '/application/o/introspect/'],
    ['GET', '/application/o/userinfo/'],
    ['GET', '/api/v3/core/users/'],
  ])('get no more than a refusal or a page from %s %s', async (method, path) => {
    const property = fc.asyncProperty(fc.tuple(headers, query, value), async ([sent, asked, body]) => {
      const content = method === 'POST' ? encodeURI(body.replaceAll(/[^!-~]/g, '')) : '';
      const lines = sent.map(([name, text]) => `${name}: ${text}`);
      const { status } = await sendRaw(gate.origin, [
        `${method} ${path}?${asked} HTTP/1.1`,
        'Host: auth.home.test',
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${content.length}`,
        ...lines,
        `Connection: close\r\n\r\n${content}`,
      ]);
      expect(status).toBeLessThan(500);
      if (path.startsWith('/api/')) expect(status).toBeGreaterThanOrEqual(400);
    });
    await fc.assert(property, RUNS);
  });

  it('find it as well as before', async () => {
    const { status } = await sendRaw(gate.origin, ['GET /-/health/ready/ HTTP/1.1', 'Host: auth.home.test']);
    expect(status).toBe(200);
  });
});
