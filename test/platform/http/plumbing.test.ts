import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { assetRoutes } from '../../../src/platform/http/asset-routes.ts';
import { anyone } from '../../../src/platform/http/guard.ts';
import { healthRoutes } from '../../../src/platform/http/health.ts';
import { get, json } from '../../../src/platform/http/route.ts';
import { loadAssets } from '../../../src/platform/view/assets.ts';
import { type Lodge, ROOT, startLodge } from './lodge.ts';

const assets = loadAssets(`${ROOT}/views/assets`);
const state = get(
  '/state',
  anyone,
  z.unknown(),
  ({ state: { requestId, clientAddress, origin, language } }) =>
    json({ requestId, clientAddress, origin, language }),
);
const paths = ['/if/user/', '/if/flow/default-authentication-flow/', '/application/o/grafana/end-session/'];

let isUp = true;
let lodge: Lodge;
let exposed: Lodge;
beforeAll(async () => {
  const checks = {
    database: () => Promise.resolve(),
    redis: () => (isUp ? Promise.resolve() : new Promise(() => undefined)),
  };
  const plain = paths.map((path) => get(path, anyone, z.unknown(), () => json({})));
  lodge = await startLodge([state, ...plain, ...healthRoutes({ checks }), ...assetRoutes({ assets })]);
  exposed = await startLodge([state], { trustedProxies: [], url: 'https://auth.example.com/' });
});
afterAll(() => Promise.all([lodge.close(), exposed.close()]));

async function stateOf(at: Lodge, headers: Record<string, string>) {
  const response = await at.fetch('/state', { headers });
  const seen = (await response.json()) as { requestId: string; clientAddress: string; origin: string };
  return { ...seen, header: response.headers.get('X-Request-Id') };
}

describe('request identity', () => {
  it('answers every request with a new id', async () => {
    const [first, second] = await Promise.all([stateOf(lodge, {}), stateOf(lodge, {})]);
    expect(first.header).toBe(first.requestId);
    expect(first.requestId).not.toBe(second.requestId);
  });

  it('takes the id of a trusted proxy when it is sane', async () => {
    expect((await stateOf(lodge, { 'X-Request-Id': 'proxy-0123456789' })).requestId).toBe('proxy-0123456789');
    expect((await stateOf(lodge, { 'X-Request-Id': 'a b"}' })).requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('lets no stranger choose id, address or origin', async () => {
    const claims = {
      'X-Request-Id': 'stranger-0123456789',
      'X-Forwarded-For': '198.51.100.7',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Host': 'evil.example',
    };
    const { requestId, clientAddress, origin } = await stateOf(exposed, claims);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect({ clientAddress, origin }).toEqual({
      clientAddress: '127.0.0.1',
      origin: 'https://auth.example.com',
    });
  });
});

describe('security headers', () => {
  it('allow nothing inline, nothing from elsewhere, no frame and no cache', async () => {
    const { headers } = await lodge.fetch('/if/user/');
    const policy = String(headers.get('Content-Security-Policy'));
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'; form-action 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Referrer-Policy')).toBe('same-origin');
    expect(headers.get('Cache-Control')).toBe('no-store');
  });

  it('keep windows apart where browsers heed it, which is on https', async () => {
    const https = { headers: { 'X-Forwarded-Proto': 'https' } };
    const opener = (response: Response) => response.headers.get('Cross-Origin-Opener-Policy');
    expect(opener(await lodge.fetch('/if/user/', https))).toBe('same-origin');
    expect(opener(await lodge.fetch('/if/user/'))).toBeNull();
  });

  it.each(paths.slice(1))('let a form on %s lead on to a client, also in a pop-up', async (path) => {
    const { headers } = await lodge.fetch(path);
    expect(headers.get('Content-Security-Policy')).not.toContain('form-action');
    expect(headers.get('Cross-Origin-Opener-Policy')).toBeNull();
  });

  it('require https only where the whole host is ours', async () => {
    expect((await exposed.fetch('/state')).headers.get('Strict-Transport-Security')).toBe('max-age=31536000');
    const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'nas.example:9443' };
    const { headers } = await lodge.fetch('/state', { headers: forwarded });
    expect(headers.get('Strict-Transport-Security')).toBeNull();
  });
});

describe('health', () => {
  it('is live, and ready while every part answers', async () => {
    expect((await lodge.fetch('/-/health/live/')).status).toBe(200);
    expect((await lodge.fetch('/-/health/ready/')).status).toBe(200);
  });

  it('is 503 with Retry-After, naming the part, when one does not answer in time', async () => {
    isUp = false;
    const response = await lodge.fetch('/-/health/ready/');
    isUp = true;
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('5');
    expect(await response.json()).toEqual({ status: 'unavailable', failing: ['redis'] });
  });
});

describe('an asset', () => {
  const url = assets.url('gatelodge.css');

  it('is kept for good under its hashed name', async () => {
    const response = await lodge.fetch(url);
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('Content-Type')).toBe('text/css; charset=utf-8');
    expect(await response.text()).toContain('--accent');
  });

  it('comes compressed, with the same content', async () => {
    const [brotli, gzip, plain] = await Promise.all(
      ['br', 'gzip', 'identity'].map((encoding) =>
        lodge.fetch(url, { headers: { 'Accept-Encoding': encoding } }),
      ),
    );
    expect([brotli, gzip, plain].map((answer) => answer?.headers.get('Content-Encoding'))).toEqual([
      'br',
      'gzip',
      null,
    ]);
    expect(await brotli?.text()).toBe(await plain?.text());
  });

  it('is revalidated under an old name', async () => {
    const old = url.replace(/[0-9a-f]{12}/, '000000000000');
    const response = await lodge.fetch(old, { headers: { 'Accept-Encoding': 'identity' } });
    expect(response.headers.get('Cache-Control')).toBe('no-cache');
    const headers = {
      'If-None-Match': String(response.headers.get('ETag')),
      'Accept-Encoding': 'identity',
      // Or else fetch adds `no-cache`, which asks for the whole.
      'Cache-Control': 'max-age=0',
    };
    expect((await lodge.fetch(old, { headers })).status).toBe(304);
  });

  it.each(['/assets/..%2f..%2fpackage.json', '/assets/nothing.css', '/assets/__proto__'])(
    '%s does not exist',
    async (path) => {
      expect((await lodge.fetch(path)).status).toBe(404);
    },
  );
});
