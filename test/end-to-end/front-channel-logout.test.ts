// Front-channel logout in a real browser: the client is loaded in a frame of our goodbye page, with its own cookie, and
// nothing else may be framed there.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { PASSWORD, registerService, registerUser, type Service } from '../protocol/oidc/service.ts';
import { EMBEDDED } from '../support/backends.ts';
import { type Chromium, hasChromium, startChromium, type Visitor } from '../support/chromium.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

describe('Front-channel logout', () => {
  // In CI the run refuses to begin without it (test/support/run.ts).
  if (!hasChromium) return it.skip('needs Chromium: run scripts/test-packages', () => {});

  let gatelodge: Gatelodge;
  let chromium: Chromium;
  let visitor: Visitor;
  let client: Server;
  let origin: string;
  let service: Service;
  /** Queries and cookies with which the client's logout page was loaded. */
  let loaded: { query: URLSearchParams; cookie: string | undefined }[];

  beforeAll(async () => {
    client = createServer((request, response) => {
      const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://client.test');
      if (pathname === '/logout') loaded.push({ query, cookie: request.headers.cookie });
      const cookie =
        pathname === '/callback' ? 'at-client=yes; HttpOnly; SameSite=Lax' : 'at-client=; Max-Age=0';
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': cookie });
      response.end(
        `<!doctype html><html lang="en"><title>${pathname}</title><link rel="icon" href="data:,">`,
      );
    });
    await new Promise<void>((listening) => client.listen(0, 'localhost', listening));
    // The same site as Gatelodge, as in most homes: browsers keep a client's cookie from frames of another site.
    origin = `http://localhost:${(client.address() as AddressInfo).port}`;
    [gatelodge, chromium] = await Promise.all([startGatelodge(EMBEDDED), startChromium()]);
    service = await registerService(gatelodge, 'gallery', {
      redirectUris: [{ url: `${origin}/callback` }, { url: `${origin}/goodbye`, purpose: 'logout' }],
      logoutUri: `${origin}/logout`,
      logoutMethod: 'frontchannel',
    });
    await registerUser(gatelodge, 'alice');
  });
  afterAll(async () => {
    await chromium?.close();
    await gatelodge?.stop();
    client?.close();
  });
  beforeEach(async () => {
    loaded = [];
    visitor = await chromium.visitor();
  });
  afterEach(() => visitor.leave());

  /** Signs in at the client; its ID token. */
  async function enter(): Promise<string> {
    const { page } = visitor;
    const url = openid.buildAuthorizationUrl(service.config, {
      redirect_uri: `${origin}/callback`,
      scope: 'openid',
    });
    await page.goto(url.href);
    await page.getByLabel('Username or email').fill('alice');
    await page.keyboard.press('Enter');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${origin}/callback**`);
    const tokens = await openid.authorizationCodeGrant(service.config, new URL(page.url()));
    return tokens.id_token ?? '';
  }

  it('loads the client’s page with issuer and session when the person signs out at Gatelodge', async () => {
    const { iss, sid } = decodeJwt(await enter());
    const { page, faults } = visitor;
    await page.goto(`${gatelodge.origin}/if/flow/default-invalidation-flow/`);
    await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(loaded.map(({ query }) => Object.fromEntries(query))).toEqual([{ iss, sid }]);
    expect(loaded[0]?.cookie).toContain('at-client=yes');
    expect(faults).toEqual([]);
  });

  it('loads it before the person goes back to the client that signed them out', async () => {
    const hint = await enter();
    const { page } = visitor;
    const url = openid.buildEndSessionUrl(service.config, {
      id_token_hint: hint,
      post_logout_redirect_uri: `${origin}/goodbye`,
      state: 'abc',
    });
    await page.goto(url.href);
    await page.waitForURL(`${origin}/goodbye?state=abc`);
    expect(loaded.map(({ query }) => query.get('sid'))).toEqual([decodeJwt(hint).sid]);
  });

  it('allows frames of those clients only, on that page only, and no page of anybody’s making', async () => {
    await enter();
    const { page } = visitor;
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes('/end-session/farewell/')),
      (async () => {
        await page.goto(`${gatelodge.origin}/if/flow/default-invalidation-flow/`);
        await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
      })(),
    ]);
    const policy = answer.headers()['content-security-policy'] ?? '';
    expect(policy).toContain(`frame-src ${origin}`);
    expect(policy).toContain("frame-ancestors 'none'");
    const other = await gatelodge.browser().get('/if/flow/default-authentication-flow/');
    expect(other.headers['content-security-policy']).not.toContain('frame-src');
    const forged = await gatelodge.browser().get('/application/o/end-session/farewell/?farewell=e30');
    expect([forged.status, forged.location?.pathname]).toEqual([303, '/']);
  });
});
