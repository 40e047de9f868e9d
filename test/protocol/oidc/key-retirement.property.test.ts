// A key that somebody else may have is retired: from then on nothing that it has signed is accepted, and everything goes
// on working with another.
import { Configuration, CryptoApi } from '@goauthentik/api';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { signedIn } from '../../operation/household.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { registerService, registerUser, type Service, signIn } from './service.ts';

everyBackend('A retired signing key', (backend) => {
  let gatelodge: Gatelodge;
  let service: Service;
  let crypto: CryptoApi;
  let administrator: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    service = await registerService(gatelodge, 'wiki');
    await registerUser(gatelodge, 'alice');
    const basePath = `${gatelodge.origin}/api/v3`;
    crypto = new CryptoApi(new Configuration({ basePath, accessToken: API_TOKEN }));
    administrator = await signedIn(gatelodge);
  });
  afterAll(() => gatelodge.stop());

  const kids = async () => {
    const { keys } = (await (
      await fetch(`${gatelodge.origin}/application/o/wiki/jwks/`)
    ).json()) as JSONWebKeySet;
    return keys.map(({ kid }) => kid);
  };
  const retireOnPage = async (kid: string) => {
    const page = await administrator.visit('/if/admin/keys/');
    return page.form(`form[action="/if/admin/keys/${kid}/retire/"]`).submit({}, { follow: true });
  };
  const tokens = (browser = gatelodge.browser()) =>
    signIn(browser, service, { scope: 'openid profile offline_access' });
  const kidOf = (jwt = '') => decodeProtectedHeader(jwt).kid ?? '';
  const isAlive = async (token = '') => (await openid.tokenIntrospection(service.config, token)).active;

  it('is published no more, and its tokens are refused at once', async () => {
    const browser = gatelodge.browser();
    const { id_token: hint = '', access_token: access, refresh_token: refresh = '' } = await tokens(browser);
    expect(await isAlive(access)).toBe(true);

    await retireOnPage(kidOf(hint));

    expect(await kids()).toHaveLength(1);
    expect(await kids()).not.toContain(kidOf(hint));
    expect(await isAlive(access)).toBe(false);
    const headers = { authorization: `Bearer ${access}` };
    expect((await gatelodge.browser().get('/application/o/userinfo/', { headers })).status).toBe(401);
    const logout = `/application/o/wiki/end-session/?id_token_hint=${hint}`;
    expect((await browser.get(logout)).text('h1')).toBe('Sign out?');

    // What it did not sign goes on.
    const next = await openid.refreshTokenGrant(service.config, refresh);
    expect(await isAlive(next.access_token)).toBe(true);
    const keySet = createRemoteJWKSet(new URL(`${gatelodge.origin}/application/o/wiki/jwks/`));
    await expect(jwtVerify(next.id_token ?? '', keySet)).resolves.toHaveProperty('payload.sub');
  });

  it('is followed by the key that was to follow anyway, because services know that one', async () => {
    const { id_token: token } = await tokens();
    const { results } = await crypto.cryptoCertificatekeypairsList({});
    const next = await crypto.cryptoCertificatekeypairsGenerateCreate({
      certificateGenerationRequest: { commonName: 'next', validityDays: 365 },
    });
    expect(results).toHaveLength(1);
    await crypto.cryptoCertificatekeypairsDestroy({ kpUuid: results[0]?.pk ?? '' });
    const after = await tokens();
    expect(kidOf(after.id_token)).not.toBe(kidOf(token));
    expect((await crypto.cryptoCertificatekeypairsList({})).results.map(({ pk }) => pk)).toEqual([next.pk]);
  });

  it('may be one that has not signed yet: the present one goes on, and for good', async () => {
    const { id_token: before } = await tokens();
    await (await administrator.visit('/if/admin/keys/'))
      .form('form[action="/if/admin/keys/rotate/"]')
      .submit({}, { follow: true });
    const next = await gatelodge.deps.db.signingKey.findFirstOrThrow({
      where: { activeAt: { gt: new Date() } },
    });
    await retireOnPage(next.id);
    expect(await kids()).toEqual([kidOf(before)]);
    const row = await gatelodge.deps.db.signingKey.findUniqueOrThrow({ where: { id: kidOf(before) } });
    expect(row.retiredAt).toBeNull();
    expect(kidOf((await tokens()).id_token)).toBe(kidOf(before));
  });

  it('is written down by name', async () => {
    const events = await gatelodge.deps.db.event.findMany({ where: { action: 'secret_rotate' } });
    expect(JSON.stringify(events)).toContain('"retired":');
    expect(events.some(({ username }) => username === 'akadmin')).toBe(true);
  });
});
