// Tokens that we never signed (shared security.md, "OpenID Connect"): whatever their header claims, they open nothing, end
// nothing, and say nothing about anybody.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type CryptoKey, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as openid from 'openid-client';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { authorizationUrl, registerService, registerUser, type Service, signIn } from './service.ts';

everyBackend('A token that we did not sign', (backend) => {
  let gatelodge: Gatelodge;
  let service: Service;
  let browser: Browser;
  let stranger: CryptoKey;
  let strangersJwk: object;
  /** What anybody can read of our key. */
  let published: { readonly [name: string]: string };

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    service = await registerService(gatelodge, 'wiki');
    await registerUser(gatelodge, 'alice');
    const pair = await generateKeyPair('RS256', { extractable: true });
    stranger = pair.privateKey;
    strangersJwk = await exportJWK(pair.publicKey);
    const page = await gatelodge.browser().get('/application/o/wiki/jwks/');
    [published = {}] = page.json<{ keys: { [name: string]: string }[] }>().keys;
  });
  beforeEach(() => {
    browser = gatelodge.browser();
  });
  afterAll(() => gatelodge.stop());

  /** Every way to say the same without our key; `claims` are those of a token of ours. */
  async function forgeriesOf(token: string): Promise<Record<string, string>> {
    const { typ } = decodeProtectedHeader(token);
    const claims = decodeJwt(token);
    const kid = published.kid ?? '';
    const own = { alg: 'RS256', ...(typ !== undefined && { typ }) };
    const sign = (header: object, key: CryptoKey | Uint8Array) =>
      new SignJWT(claims).setProtectedHeader({ ...own, ...header }).sign(key);
    const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const [, payload = '', signature = ''] = token.split('.');
    const modulus = Buffer.from(published.n ?? '', 'base64url');
    return {
      'no algorithm': `${encoded({ ...own, alg: 'none', kid })}.${payload}.`,
      'no algorithm, with our signature': `${encoded({ ...own, alg: 'none', kid })}.${payload}.${signature}`,
      'our public key as a shared secret': await sign({ alg: 'HS256', kid }, modulus),
      'the published key as a shared secret': await sign(
        { alg: 'HS256', kid },
        Buffer.from(JSON.stringify(published)),
      ),
      'the client secret as a shared secret': await sign(
        { alg: 'HS256' },
        Buffer.from(service.clientSecret.padEnd(32)),
      ),
      'a foreign key under our kid': await sign({ kid }, stranger),
      'a foreign key under a foreign kid': await sign({ kid: '../../etc/passwd' }, stranger),
      'a foreign key without a kid': await sign({}, stranger),
      'a foreign key that it brings along': await sign({ kid, jwk: strangersJwk }, stranger),
      'a foreign key that it points at': await sign({ kid, jku: 'http://127.0.0.1:1/' }, stranger),
      'our signature over something else': `${encoded({ ...own, kid })}.${encoded({ ...claims, admin: true })}.${signature}`,
    };
  }

  it('opens no userinfo and is not active', async () => {
    const { access_token: token } = await signIn(browser, service);
    for (const [how, forged] of Object.entries(await forgeriesOf(token))) {
      const headers = { authorization: `Bearer ${forged}` };
      const { status } = await gatelodge.browser().get('/application/o/userinfo/', { headers });
      expect([how, status]).toEqual([how, 401]);
      expect(await openid.tokenIntrospection(service.config, forged)).toEqual({ active: false });
    }
  });

  it('ends no session as an id_token_hint', async () => {
    const { id_token: token = '' } = await signIn(browser, service);
    for (const [how, forged] of Object.entries(await forgeriesOf(token))) {
      const url = openid.buildEndSessionUrl(service.config, { id_token_hint: forged });
      const page = await browser.get(url.href);
      expect([how, page.status, page.text('form button')]).toEqual([how, 200, 'Sign out']);
    }
    const { url } = await authorizationUrl(service, { prompt: 'none' });
    expect((await browser.get(url.href)).location?.searchParams.has('code')).toBe(true);
  });

  it('lets nobody in silently as an id_token_hint', async () => {
    const { id_token: token = '' } = await signIn(browser, service);
    for (const [how, forged] of Object.entries(await forgeriesOf(token))) {
      const { url } = await authorizationUrl(service, { prompt: 'none', id_token_hint: forged });
      const { location } = await browser.get(url.href);
      expect([how, location?.searchParams.get('error')]).toEqual([how, 'invalid_request']);
    }
  });

  it('is no access token even when we signed it: an ID token opens nothing', async () => {
    const { id_token: token } = await signIn(browser, service);
    const headers = { authorization: `Bearer ${token}` };
    expect((await browser.get('/application/o/userinfo/', { headers })).status).toBe(401);
  });
});
