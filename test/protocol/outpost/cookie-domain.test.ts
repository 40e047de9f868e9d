// Which domains may share one cookie: what we refuse, browsers refuse, and what we take, they keep (Chromium, where it is
// installed).
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiOf } from '../../support/api-client.ts';
import { EMBEDDED } from '../../support/backends.ts';
import { type Chromium, hasChromium, startChromium } from '../../support/chromium.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

// biome-ignore format: a table
const KEPT = [
  'example.com', 'example.co.uk', 'me.github.io', 'me.duckdns.org', 'tail1234.ts.net', 'nip.io', 'www.ck', 'city.kawasaki.jp',
  'lab.home.arpa', 'home.lab', 'home.lan', 'home.internal', 'home.local', 'home.test', 'fritz.box', 'xn--bcher-kva.example',
];
// biome-ignore format: a table
const PUBLIC = [
  'com', 'arpa', 'co.uk', 'foo.ck', 'kawasaki.jp', 'x.kawasaki.jp', 'xn--p1ai',
  'github.io', 'duckdns.org', 'synology.me', 'ts.net', 'home.arpa',
];
const ONE_WORD = ['lan', 'local', 'internal', 'home', 'test', 'localhost'];

describe('the domain of a shared cookie', () => {
  let gatelodge: Gatelodge;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
  });
  afterAll(() => gatelodge?.stop());

  const save = (domain: string) =>
    fetch(`${gatelodge.origin}/api/v3/providers/proxy/`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_TOKEN}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        name: domain,
        mode: 'forward_domain',
        external_host: `https://auth.${domain}`,
        cookie_domain: domain,
      }),
    });

  /** The gate asks for a sign-in there. */
  async function untilKnown(address: string): Promise<void> {
    const ask = () =>
      fetch(`${gatelodge.origin}/outpost.goauthentik.io/auth/nginx`, {
        headers: { 'X-Original-URL': address },
      });
    while ((await ask()).status !== 401) await sleep(20);
  }

  it.each(KEPT)('may be %s', async (domain) => {
    expect((await save(domain)).status).toBe(201);
  });

  it.each([...PUBLIC, 'CO.UK', '.github.io', 'рф'])(
    'may not be %s, below which anybody may have a host',
    async (domain) => {
      const answer = await save(domain);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        cookie_domain: [expect.stringContaining('anybody may have a host')],
      });
    },
  );

  it.each(ONE_WORD)('may not be %s, a single word', async (domain) => {
    const answer = await save(domain);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      cookie_domain: [expect.stringContaining(`enter home.${domain}.`)],
    });
  });

  it('that was saved before such ones were refused is served on, and may be left as it is', async () => {
    const { db } = gatelodge.deps;
    const api = apiOf(gatelodge.origin, API_TOKEN);
    const provider = await api('POST', 'providers/proxy/', {
      name: 'old',
      mode: 'forward_domain',
      external_host: 'https://auth.old.github.io',
      cookie_domain: 'old.github.io',
    });
    await api('POST', 'core/applications/', { name: 'old', slug: 'old', provider: provider.pk });
    await db.proxyProvider.update({
      where: { providerId: Number(provider.pk) },
      data: { cookieDomain: 'github.io' },
    });
    const patched = await api('PATCH', `providers/proxy/${provider.pk}/`, { name: 'older' });
    expect(patched.cookie_domain).toBe('github.io');
    await untilKnown('https://elsewhere.github.io/');
  });
});

(hasChromium || process.env.CI ? describe : describe.skip)('Chromium', () => {
  let server: http.Server;
  let chromium: Chromium;

  beforeAll(async () => {
    server = http.createServer(({ url = '/' }, response) => {
      const domain = url.slice(1);
      response.writeHead(200, { 'set-cookie': `shared=1; Path=/; Domain=${domain}` }).end('ok');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    chromium = await startChromium({ '*': `127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  afterAll(async () => {
    await chromium?.close();
    server?.closeAllConnections();
    server?.close();
  });

  async function domainOfCookie(domain: string): Promise<string | undefined> {
    const { page, leave } = await chromium.visitor();
    await page.goto(`http://app.${domain}/${domain}`);
    const [cookie] = await page.context().cookies();
    await leave();
    return cookie?.domain;
  }

  it.each(KEPT)('keeps a cookie for %s', async (domain) => {
    expect(await domainOfCookie(domain)).toBe(`.${domain}`);
  });

  it.each([...PUBLIC, ...ONE_WORD])('keeps none for %s', async (domain) => {
    expect(await domainOfCookie(domain)).toBeUndefined();
  });
});
