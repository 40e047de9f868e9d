// The pages for whoever connects a proxy: what arrived, what is wrong, and the line that puts it right.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DIALECTS } from '../../../src/protocol/outpost/dialects.ts';
import { renderSnippet, SNIPPET_KINDS } from '../../../src/protocol/outpost/snippet/snippet.ts';
import { remediesFor } from '../../../src/protocol/outpost/wiring/remedy.ts';
import { AUTH, type Gate, openGate, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';

const SECURE = 'https://secure.home.test';
const DOMAIN = 'http://one.shared.test';

let gate: Gate;

beforeAll(async () => {
  gate = await openGate();
  await gate.protect({ slug: 'secure', externalHost: SECURE });
  const provider = { mode: 'forward_domain', cookie_domain: 'shared.test' };
  await gate.protect({ slug: 'shared', externalHost: DOMAIN, provider });
});

afterAll(() => gate?.gatelodge.stop());

const ask = (dialect: string, headers: readonly string[]) =>
  sendRaw(gate.origin, [
    `GET /outpost.goauthentik.io/auth/${dialect} HTTP/1.1`,
    'Accept: text/html',
    ...headers,
  ]);

describe('the page about wrong wiring', () => {
  it.each([
    ['nginx', ['Host: secure.home.test'], 'X-Original-URL', 'proxy_set_header X-Original-URL'],
    [
      'traefik',
      ['Host: x', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: secure.home.test'],
      'X-Forwarded-Uri',
      'forwardauth.address',
    ],
    ['caddy', ['Host: x', 'X-Forwarded-Proto: https'], 'X-Forwarded-Host', 'forward_auth'],
  ])(
    'says what is missing, what arrived, and the line to add: %s',
    async (dialect, headers, missing, line) => {
      const { status, body } = await ask(dialect, headers);
      expect(status).toBe(500);
      expect(body).toContain(missing);
      expect(body).toContain(line);
      expect(body).toContain(`href="${AUTH}/assets/`);
      expect(body).toContain(headers[0]?.split(': ')[1]);
    },
  );

  it('shows no header that could hold a secret', async () => {
    const { body } = await ask('nginx', [
      'Host: secure.home.test',
      'Cookie: a=secret',
      'Authorization: Basic secret',
    ]);
    expect(body).not.toContain('secret');
  });

  it('names both sides of a contradiction', async () => {
    const { status, body } = await ask('nginx', ['Host: one.shared.test', `X-Original-URL: ${SECURE}/`]);
    expect(status).toBe(500);
    expect(body).toContain('one.shared.test');
    expect(body).toContain(`${SECURE}/`);
  });

  it('says that nothing is registered for a host, what arrived, and what to register', async () => {
    const { status, body } = await ask('nginx', ['Host: x', 'X-Original-URL: https://unknown.test/a']);
    expect(status).toBe(404);
    expect(body).toContain('<code>https://unknown.test</code>');
    expect(body).toContain('https://unknown.test/a</dd>');
  });

  it('lists every proxy that may have asked, or the one that says its name', async () => {
    const { body } = await ask('nginx', ['Host: secure.home.test']);
    for (const proxy of ['nginx:', 'Nginx Proxy Manager:', 'SWAG:', 'HAProxy:'])
      expect(body).toContain(proxy);
    const twice = 'X-Original-URL: https://secure.home.test/';
    const ingress = await ask('nginx', ['Host: x', 'X-Sent-From: nginx-ingress-controller', twice, twice]);
    expect(ingress.body).toContain('ingress-nginx:');
    expect(ingress.body).not.toContain('SWAG:');
  });

  it('gives the whole setting for a proxy that is not trusted', async () => {
    const strict = await openGate(undefined, { GATELODGE_TRUSTED_PROXIES: '203.0.113.7' });
    try {
      const { body } = await sendRaw(strict.origin, [
        'GET /outpost.goauthentik.io/auth/traefik HTTP/1.1',
        ...['Accept: text/html', 'Host: x', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: a.test'],
        'X-Forwarded-Uri: /',
      ]);
      expect(body).toMatch(/GATELODGE_TRUSTED_PROXIES=127\.0\.0\.0\/8,.*,127\.0\.0\.1\/32</);
      // What is set here is nobody's business.
      expect(body).not.toContain('203.0.113.7');
    } finally {
      await strict.gatelodge.stop();
    }
  });
});

describe('the lines to write', () => {
  const provider = {
    ...{ mode: 'forward_single' as const, externalHost: 'https://app.example.com', internalHost: '' },
    ...{ cookieDomain: '', sendsRemoteHeaders: false, basicAuthEnabled: false },
    provider: { name: 'app', application: { slug: 'app', name: 'App' } },
  };
  const configurations = SNIPPET_KINDS.flatMap((kind) => renderSnippet(kind, provider)).flatMap(({ text }) =>
    text.split('\n').map((line) => line.trim()),
  );
  const headers = ['x-original-url', 'host', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-uri'];
  const remedies = DIALECTS.flatMap((dialect) =>
    headers.flatMap((header) => remediesFor(dialect, header, {})),
  );

  it.each(remedies)('stand in the ready configuration: $where: $line', ({ line }) => {
    // What HAProxy does only for one host, and what stands there as a comment, begins like that.
    const begins = (row: string) => configurations.some((each) => each.replace(/^# /, '').startsWith(row));
    const rows = line.split('\n').map((row) => row.trim().split('  #', 1)[0] ?? '');
    expect(rows.filter((row) => !begins(row))).toEqual([]);
  });
});

describe('the page about a cookie that is not kept', () => {
  const handOver = (slug: string, seen: string) =>
    `${AUTH}/application/outpost/${slug}/?rd=%2F&browser=${'a'.repeat(64)}&at=&seen=${encodeURIComponent(seen)}`;

  async function goRound(slug: string, seen: string) {
    const browser = gate.browser({ [SECURE]: gate.origin, [DOMAIN]: gate.origin });
    await signIn(await browser.visit(`${AUTH}/if/flow/default-authentication-flow/`), 'anna');
    for (let turn = 0; turn < 6; turn += 1) await browser.get(handOver(slug, seen));
    return browser.get(handOver(slug, seen));
  }

  it('names http where the application is registered with https, and the line for it', async () => {
    const page = await goRound('secure', 'http://secure.home.test');
    expect(page.status).toBe(400);
    expect(page.text()).toContain('http://secure.home.test');
    expect(page.text()).toContain('return 301 https://$host$request_uri;');
  });

  it('names the domain whose cookie it is', async () => {
    const page = await goRound('shared', 'http://two.shared.test');
    expect(page.status).toBe(400);
    expect(page.text()).toContain('shared.test');
  });
});
