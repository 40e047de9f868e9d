// Errors that teach: what a client did wrong is kept for the administrator, with what to do about it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as openid from 'openid-client';
import type { ClientFault } from '../../../src/platform/database/generated/client.ts';
import { faultKindOf } from '../../../src/protocol/oidc/fault/fault-kind.ts';
import { EMBEDDED } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { ADMIN_PASSWORD, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { cloneInThisRealm } from '../../support/realm.ts';
import { pause } from './logout-listener.ts';
import { authorizationUrl, registerService, registerUser, type Service, signIn, walk } from './service.ts';

cloneInThisRealm();

describe('A fault of a client', () => {
  let gatelodge: Gatelodge;
  let administrator: Browser;
  let service: Service;
  let number = 0;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    await registerUser(gatelodge, 'alice');
    administrator = gatelodge.browser();
    const name = await administrator.visit('/if/flow/default-authentication-flow/');
    const password = await name.form().submit({ uid_field: 'akadmin' }, { follow: true });
    await password.form().submit({ password: ADMIN_PASSWORD }, { follow: true });
  });
  beforeEach(async () => {
    service = await registerService(gatelodge, `service-${++number}`);
  });
  afterAll(() => gatelodge.stop());

  /** The faults on record, once there are any. */
  async function faultsOf({ providerId } = service): Promise<ClientFault[]> {
    for (let attempt = 0; attempt < 40; attempt++) {
      const faults = await gatelodge.deps.db.clientFault.findMany({ where: { providerId } });
      if (faults.length > 0) return faults;
      await pause(50);
    }
    return [];
  }

  async function askForTokens(form: Record<string, string>, secret = service.clientSecret) {
    const basic = Buffer.from(`${service.clientId}:${secret}`).toString('base64');
    return fetch(`${gatelodge.origin}/application/o/token/`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams(form),
    });
  }

  const detailPage = async () => administrator.get(`/if/admin/applications/${service.slug}/`);

  it('is a redirect URI that is not registered: shown with what was sent, and added by one click and a confirmation', async () => {
    const sent = 'https://service.test/callback/';
    const { url } = await authorizationUrl(service, { redirect_uri: sent });
    const refused = await gatelodge.browser().get(url.href);
    expect([refused.status, refused.location]).toEqual([400, undefined]);
    expect(await faultsOf()).toMatchObject([{ kind: 'redirect_uri', sent, count: 1 }]);

    const detail = await detailPage();
    expect(detail.text()).toContain('The redirect URI is not registered');
    const path = `/if/admin/applications/${service.slug}/faults/redirect-uri/`;
    expect(detail.body).toContain(`href="${path}"`);
    const confirmation = await administrator.get(path);
    expect(confirmation.text()).toContain(sent);
    const added = await confirmation.form('main form').submit({}, { follow: true });
    expect(added.text()).toContain('The redirect URI is added');
    expect(added.text()).not.toContain('The redirect URI is not registered');

    const page = await walk(gatelodge.browser(), url.href);
    expect(page.location?.href).toMatch(/^https:\/\/service\.test\/callback\/\?code=/);
  });

  it('is an address elsewhere, of which the confirmation warns', async () => {
    const { url } = await authorizationUrl(service, {
      redirect_uri: 'https://service.test.evil.test/callback',
    });
    await gatelodge.browser().get(url.href);
    await faultsOf();
    const page = await administrator.get(`/if/admin/applications/${service.slug}/faults/redirect-uri/`);
    expect(page.body).toContain('notice-error');
    expect(page.text()).toContain('This is not where');
  });

  it('can never become a redirect URI that would not be accepted otherwise', async () => {
    const { url } = await authorizationUrl(service, { redirect_uri: 'javascript:alert(1)' });
    await gatelodge.browser().get(url.href);
    await faultsOf();
    const page = await administrator.get(`/if/admin/applications/${service.slug}/faults/redirect-uri/`);
    const refused = await page.form('main form').submit();
    expect(refused.status).toBe(400);
    const registered = await gatelodge.deps.db.redirectUri.findMany({
      where: { providerId: service.providerId },
    });
    expect(registered.map((uri) => uri.url)).toEqual(['https://service.test/callback']);
  });

  it('is a wrong client secret, of which nothing is kept', async () => {
    const answer = await askForTokens({ grant_type: 'authorization_code', code: 'x' }, 'a-wrong-secret');
    expect(answer.status).toBe(401);
    const faults = await faultsOf();
    expect(faults).toMatchObject([{ kind: 'secret', sent: '' }]);
    expect(JSON.stringify(faults)).not.toContain('a-wrong-secret');
    expect((await detailPage()).text()).toContain('The client secret is wrong');
  });

  it('is an event when wrong secrets begin to come, and not one for each of them', async () => {
    const suspicious = () => gatelodge.deps.db.event.count({ where: { action: 'suspicious_request' } });
    await gatelodge.deps.db.clientFault.deleteMany();
    const before = await suspicious();
    for (let count = 0; count < 3; count++) {
      // As if the last one had come long enough ago to be noted again, and another process had seen it.
      gatelodge.deps.changes.publish('provider', { id: service.providerId });
      await askForTokens({ grant_type: 'authorization_code', code: 'x' }, 'a-wrong-secret');
      for (let attempt = 0; attempt < 40; attempt++) {
        const [fault] = await faultsOf();
        if (fault?.count === count + 1) break;
        await pause(50);
      }
    }
    expect(await faultsOf()).toMatchObject([{ kind: 'secret', count: 3 }]);
    await pause(100);
    expect(await suspicious()).toBe(before + 1);
  });

  it('is a missing PKCE challenge', async () => {
    service = await registerService(gatelodge, `public-${number}`, { clientType: 'public' });
    const url = openid.buildAuthorizationUrl(service.config, {
      redirect_uri: 'https://service.test/callback',
      scope: 'openid',
    });
    await gatelodge.browser().get(url.href);
    expect(await faultsOf()).toMatchObject([{ kind: 'pkce' }]);
  });

  it('is a verifier that does not match', async () => {
    const { url } = await authorizationUrl(service);
    const { location } = await walk(gatelodge.browser(), url.href);
    const code = location?.searchParams.get('code') ?? '';
    const redirect = { redirect_uri: 'https://service.test/callback' };
    const verifier = openid.randomPKCECodeVerifier();
    await askForTokens({ grant_type: 'authorization_code', code, code_verifier: verifier, ...redirect });
    const faults = await faultsOf();
    expect(faults).toMatchObject([{ kind: 'pkce' }]);
    expect(JSON.stringify(faults)).not.toContain(code);
  });

  it('is an unknown scope, though it is ignored', async () => {
    await signIn(gatelodge.browser(), service, { scope: 'openid profile policy offline_access' });
    expect(await faultsOf()).toMatchObject([{ kind: 'scope', sent: 'policy' }]);
  });

  it('is a clock that goes wrong, where the client signs', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kty: 'EC' as const, alg: 'ES256' }] };
    service = await registerService(gatelodge, `robot-${number}`, { jwks });
    const inAnHour = Math.floor(Date.now() / 1000) + 3600;
    const assertion = await new SignJWT({ jti: 'x' })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(service.clientId)
      .setSubject(service.clientId)
      .setAudience(`${gatelodge.origin}/application/o/${service.slug}/`)
      .setIssuedAt(inAnHour)
      .setNotBefore(inAnHour)
      .setExpirationTime(inAnHour + 60)
      .sign(privateKey);
    const answer = await fetch(`${gatelodge.origin}/application/o/token/`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: 'x',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    });
    expect(await answer.json()).toMatchObject({ error: 'invalid_client' });
    expect(await faultsOf()).toMatchObject([{ kind: 'clock' }]);
  });

  it('is kept once for each kind, the last one, and counted', async () => {
    for (const n of [1, 2]) {
      const { url } = await authorizationUrl(service, { redirect_uri: `https://service.test/${n}` });
      await gatelodge.browser().get(url.href);
      await faultsOf();
      await pause(2100);
    }
    expect(await faultsOf()).toMatchObject([
      { kind: 'redirect_uri', sent: 'https://service.test/2', count: 2 },
    ]);
  });

  it('is dismissed by the administrator', async () => {
    await askForTokens({ grant_type: 'authorization_code', code: 'x' }, 'wrong');
    await faultsOf();
    const page = await (await detailPage())
      .form('form[action*="faults/dismiss"]')
      .submit({}, { follow: true });
    expect(page.text()).not.toContain('The client secret is wrong');
    expect(await gatelodge.deps.db.clientFault.count({ where: { providerId: service.providerId } })).toBe(0);
  });

  it('is told to nobody but administrators', async () => {
    const { url } = await authorizationUrl(service, { redirect_uri: 'https://elsewhere.test/' });
    const page = await gatelodge.browser().get(url.href);
    expect(page.text()).not.toContain('https://service.test/callback');
    const browser = gatelodge.browser();
    await signIn(browser, service);
    const path = `/if/admin/applications/${service.slug}/faults/redirect-uri/`;
    expect((await browser.get(path)).status).toBe(403);
  });
});

describe('What is nobody’s fault', () => {
  it.each([
    ['login_required', 'End-User authentication is required'],
    ['access_denied', 'The user may not open this application'],
    ['invalid_grant', 'refresh token is expired'],
    ['authorization_pending', ''],
  ])('is not kept: %s', (error, description) => {
    expect(faultKindOf({ error, error_description: description })).toBeUndefined();
  });
});
