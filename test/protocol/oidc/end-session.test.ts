import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { EMBEDDED } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { authorizationUrl, registerService, registerUser, type Service, signIn } from './service.ts';

const GOODBYE = 'https://service.test/goodbye';

describe('GET /application/o/<slug>/end-session/', () => {
  let gatelodge: Gatelodge;
  let service: Service;
  let other: Service;
  let browser: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    const redirectUris = [
      { url: 'https://service.test/callback' },
      { url: GOODBYE, purpose: 'logout' as const },
    ];
    service = await registerService(gatelodge, 'wiki', { redirectUris });
    other = await registerService(gatelodge, 'other');
    await registerUser(gatelodge, 'alice');
  });
  beforeEach(() => {
    browser = gatelodge.browser();
  });
  afterAll(() => gatelodge.stop());

  function logoutUrl(hint: string | undefined, parameters: Record<string, string> = {}): string {
    const all = { ...(hint && { id_token_hint: hint }), post_logout_redirect_uri: GOODBYE, ...parameters };
    return openid.buildEndSessionUrl(service.config, all).href;
  }

  async function isSignedIn(): Promise<boolean> {
    const { url } = await authorizationUrl(other, { prompt: 'none' });
    return (await browser.get(url.href)).location?.searchParams.has('code') === true;
  }

  it('ends the session everywhere for the service’s own ID token, and returns with its state', async () => {
    const { id_token: hint } = await signIn(browser, service);
    expect(await isSignedIn()).toBe(true);
    const page = await browser.get(logoutUrl(hint, { state: 'abc' }));
    expect(page.location?.href).toBe(`${GOODBYE}?state=abc`);
    expect(await isSignedIn()).toBe(false);
  });

  it('ends nothing for an ID token of another client, nor for none: it asks', async () => {
    const { id_token: foreign } = await signIn(browser, other);
    for (const hint of [foreign, undefined, 'nonsense']) {
      const page = await browser.get(logoutUrl(hint));
      expect([page.status, page.location]).toEqual([200, undefined]);
      expect(await isSignedIn()).toBe(true);
    }
  });

  it('ends the session when the person confirms', async () => {
    await signIn(browser, service);
    const page = await browser.get(logoutUrl(undefined, { state: 'abc' }));
    const after = await page.form('form[action*="end-session"]').submit();
    expect(after.location?.href).toBe(`${GOODBYE}?state=abc`);
    expect(await isSignedIn()).toBe(false);
  });

  it('counts being signed out already as success', async () => {
    const page = await browser.get(logoutUrl(undefined));
    expect(page.location?.href).toBe(GOODBYE);
  });

  it('does not redirect to an address that is not registered', async () => {
    const page = await browser.get(logoutUrl(undefined, { post_logout_redirect_uri: 'https://evil.test/' }));
    expect([page.status, page.location]).toEqual([200, undefined]);
  });

  it('returns to any page of the service’s origin when it has registered none for this', async () => {
    const end = `/application/o/other/end-session/?post_logout_redirect_uri=`;
    const home = await browser.get(`${end}${encodeURIComponent('https://service.test/home')}`);
    expect(home.location?.href).toBe('https://service.test/home');
    const evil = await browser.get(`${end}${encodeURIComponent('https://service.test.evil.test/')}`);
    expect(evil.location).toBeUndefined();
  });
});
