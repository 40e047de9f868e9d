// The OpenID Foundation's logout plans: RP-initiated, back-channel and front-channel, module by module.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type LogoutListener, startLogoutListener } from '../protocol/oidc/logout-listener.ts';
import { registerUser } from '../protocol/oidc/service.ts';
import { EMBEDDED } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import type { Page } from '../support/page.ts';
import { GOODBYE, type Parameters, Party, type SignedIn } from './party.ts';

describe('the logout plans', () => {
  let gatelodge: Gatelodge;
  let party: Party;
  let listener: LogoutListener;
  let browser: Browser;
  let signedIn: SignedIn;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    listener = await startLogoutListener();
    await registerUser(gatelodge, 'alice');
    party = await new Party(gatelodge, 'one').register();
  });
  beforeEach(async () => {
    browser = gatelodge.browser();
    signedIn = await party.signIn(browser);
  });
  afterAll(async () => {
    await gatelodge.stop();
    await listener.stop();
  });

  const STATE = 'a-state';

  /** Calls the end-session endpoint, by default as it is meant; says yes where a page asks. */
  async function logout(parameters: Parameters = {}, at = party): Promise<Page> {
    const all = {
      id_token_hint: signedIn.tokens.id_token,
      post_logout_redirect_uri: GOODBYE,
      state: STATE,
      ...parameters,
    };
    const url = new URL(at.metadata.end_session_endpoint ?? '');
    for (const [name, value] of Object.entries(all))
      if (value !== undefined) url.searchParams.set(name, value);
    const page = await browser.get(url.href);
    return page.status === 200 && page.document.querySelector('form') ? page.form().submit() : page;
  }

  async function hasSession(at = party): Promise<boolean> {
    const answer = await at.ask(browser, at.authorizationUrl({ prompt: 'none' }));
    return answer?.get('code') !== null;
  }

  describe('oidcc-rp-initiated-logout-certification-test-plan', () => {
    it('oidcc-rp-initiated-logout: ends the session and returns with the state', async () => {
      expect(await hasSession()).toBe(true);
      expect((await logout()).location?.href).toBe(`${GOODBYE}?state=${STATE}`);
      expect(await hasSession()).toBe(false);
    });

    it('oidcc-rp-initiated-logout-no-state: returns without one', async () => {
      expect((await logout({ state: undefined })).location?.href).toBe(GOODBYE);
      expect(await hasSession()).toBe(false);
    });

    it.each([
      [
        'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
        { post_logout_redirect_uri: `${GOODBYE}/other` },
      ],
      [
        'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
        { post_logout_redirect_uri: `${GOODBYE}?foo=bar` },
      ],
      ['oidcc-rp-initiated-logout-bad-id-token-hint', { id_token_hint: 'e30.e30.e30' }],
    ])('%s: goes nowhere', async (_module, parameters) => {
      const page = await logout(parameters);
      expect(page.location?.origin ?? gatelodge.origin).toBe(gatelodge.origin);
      expect((page.location ? await page.followRedirect() : page).status).toBe(200);
    });

    it('oidcc-rp-initiated-logout-modified-id-token-hint: goes nowhere', async () => {
      const [header, payload, signature = ''] = signedIn.tokens.id_token.split('.');
      const modified = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      const page = await logout({ id_token_hint: modified });
      expect(page.location?.origin ?? gatelodge.origin).toBe(gatelodge.origin);
    });

    it.each([
      ['oidcc-rp-initiated-logout-no-post-logout-redirect-uri', { post_logout_redirect_uri: undefined }],
      [
        'oidcc-rp-initiated-logout-only-state',
        { post_logout_redirect_uri: undefined, id_token_hint: undefined },
      ],
      [
        'oidcc-rp-initiated-logout-no-params',
        { post_logout_redirect_uri: undefined, id_token_hint: undefined, state: undefined },
      ],
    ])('%s: signs out, and says so on a page of ours', async (_module, parameters) => {
      const page = await logout(parameters);
      expect(page.location).toBeUndefined();
      expect(page.text('h1')).toBe('You are signed out');
      expect(await hasSession()).toBe(false);
    });

    it('oidcc-rp-initiated-logout-no-id-token-hint: asks first, and then returns', async () => {
      const page = await logout({ id_token_hint: undefined, client_id: party.clientId });
      expect(page.location?.href).toBe(`${GOODBYE}?state=${STATE}`);
      expect(await hasSession()).toBe(false);
    });
  });

  describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
    it('oidcc-backchannel-rp-initiated-logout: every client gets a logout token of its own', async () => {
      const told = await new Party(gatelodge, 'told').register({ logoutUri: listener.address });
      signedIn = await told.signIn(browser);
      expect((await logout({}, told)).location?.href).toBe(`${GOODBYE}?state=${STATE}`);
      const [token = ''] = await listener.received(1);
      const jwks = createRemoteJWKSet(new URL(told.metadata.jwks_uri ?? ''));
      const { payload, protectedHeader } = await jwtVerify(token, jwks, {
        issuer: told.issuer,
        audience: told.clientId,
        typ: 'logout+jwt',
        requiredClaims: ['iat', 'exp', 'jti'],
      });
      expect(protectedHeader.alg).toBe('RS256');
      expect(payload).toMatchObject({
        sub: signedIn.claims.sub,
        sid: signedIn.claims.sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      });
      expect(payload).not.toHaveProperty('nonce');
      expect(await hasSession(told)).toBe(false);
    });
  });

  describe('oidcc-frontchannel-rp-initiated-logout-certification-test-plan', () => {
    it('oidcc-frontchannel-rp-initiated-logout: a frame with issuer and session, and then the way back', async () => {
      const logoutUri = 'https://suite.test/test/a/gatelodge/frontchannel_logout';
      const framed = await new Party(gatelodge, 'framed').register({
        logoutUri,
        logoutMethod: 'frontchannel',
      });
      signedIn = await framed.signIn(browser);
      const page = await (await logout({}, framed)).followRedirect();
      const frame = new URL(page.document.querySelector('iframe')?.getAttribute('src') ?? '');
      expect(`${frame.origin}${frame.pathname}`).toBe(logoutUri);
      expect(Object.fromEntries(frame.searchParams)).toEqual({
        iss: framed.issuer,
        sid: signedIn.claims.sid,
      });
      const refresh = page.document.querySelector('meta[http-equiv="refresh"]')?.getAttribute('content');
      expect(refresh).toContain(`${GOODBYE}?state=${STATE}`);
      expect(await hasSession(framed)).toBe(false);
    });
  });
});
