// The whole way, over HTTP: a service sends a person, who signs in, and it learns who they are.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { everyBackend } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { authorizationUrl, registerService, registerUser, type Service, signIn, walk } from './service.ts';

everyBackend('Signing in to a service', (backend) => {
  let gatelodge: Gatelodge;
  let service: Service;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    service = await registerService(gatelodge, 'wiki');
    await registerUser(gatelodge, 'alice');
  });
  afterAll(() => gatelodge.stop());

  it('gives the service an ID token with the claims of the granted scopes', async () => {
    const tokens = await signIn(gatelodge.browser(), service);
    expect(tokens.claims()).toMatchObject({
      iss: `${gatelodge.origin}/application/o/wiki/`,
      aud: 'wiki',
      sub: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: 'alice Example',
      given_name: 'alice',
      family_name: 'Example',
      preferred_username: 'alice',
      nickname: 'alice',
      groups: [],
      email: 'alice@example.com',
      email_verified: true,
      sid: expect.stringMatching(/^[0-9a-f]{64}$/),
      amr: ['pwd'],
      acr: 'goauthentik.io/providers/oauth2/default',
      auth_time: expect.any(Number),
    });
  });

  it('answers the same claims at userinfo', async () => {
    const tokens = await signIn(gatelodge.browser(), service);
    const sub = tokens.claims()?.sub ?? '';
    const claims = await openid.fetchUserInfo(service.config, tokens.access_token, sub);
    expect(claims).toMatchObject({ preferred_username: 'alice', email: 'alice@example.com', groups: [] });
  });

  it('issues access tokens that are JWTs signed with the published RS256 key', async () => {
    const tokens = await signIn(gatelodge.browser(), service);
    const keys = createRemoteJWKSet(new URL(service.config.serverMetadata().jwks_uri ?? ''));
    const { payload, protectedHeader } = await jwtVerify(tokens.access_token, keys, { audience: 'wiki' });
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
    expect(payload).toMatchObject({
      iss: `${gatelodge.origin}/application/o/wiki/`,
      azp: 'wiki',
      client_id: 'wiki',
      scope: 'openid profile email',
      preferred_username: 'alice',
    });
  });

  it('asks for nothing when the person is signed in already', async () => {
    const browser = gatelodge.browser();
    await signIn(browser, service);
    const { url } = await authorizationUrl(service);
    const page = await browser.get(url.href);
    expect(page.location?.searchParams.get('code')).toEqual(expect.any(String));
  });

  it('answers prompt=none with login_required when nobody is signed in', async () => {
    const { url } = await authorizationUrl(service, { prompt: 'none' });
    const page = await gatelodge.browser().get(url.href);
    expect(page.location?.searchParams.get('error')).toBe('login_required');
  });

  it.each([{ prompt: 'login' }, { max_age: '0' }])(
    'asks for the password again with %o',
    async (parameters) => {
      const browser = gatelodge.browser();
      await signIn(browser, service);
      const { url } = await authorizationUrl(service, parameters);
      const page = await browser.visit(url.href);
      expect(page.body).toContain('name="password"');
      await expect(signIn(browser, service, parameters)).resolves.toHaveProperty('access_token');
    },
  );

  it('lets somebody else sign in with prompt=login', async () => {
    await registerUser(gatelodge, 'bob');
    const browser = gatelodge.browser();
    await signIn(browser, service);
    await browser.cookies.removeAllCookies();
    const tokens = await signIn(browser, service, { username: 'bob', prompt: 'login' });
    expect(tokens.claims()).toMatchObject({ preferred_username: 'bob' });
  });

  it('accepts the client secret in the header and in the form', async () => {
    const post = openid.ClientSecretPost(service.clientSecret);
    const config = new openid.Configuration(service.config.serverMetadata(), 'wiki', undefined, post);
    openid.allowInsecureRequests(config);
    await expect(signIn(gatelodge.browser(), { ...service, config })).resolves.toHaveProperty('id_token');
  });

  it('takes an authorization request by POST', async () => {
    const browser = gatelodge.browser();
    await signIn(browser, service);
    const { url } = await authorizationUrl(service);
    const fields = Object.fromEntries(url.searchParams);
    const page = await walk(
      browser,
      (await browser.post('/application/o/authorize/', fields)).location?.href ?? '',
    );
    expect(page.location?.searchParams.get('code')).toEqual(expect.any(String));
  });

  it('ignores unknown scopes and parameters, and takes no scope as openid', async () => {
    const browser = gatelodge.browser();
    await signIn(browser, service);
    const unknown = await signIn(browser, service, { scope: 'openid unheard-of', access_type: 'offline' });
    expect(unknown.scope).toBe('openid');
    const none = await signIn(browser, service, { scope: '' });
    expect(none.scope).toBe('openid');
  });
});

describe('Signing keys', () => {
  it.each(['ES256', 'EdDSA'] as const)(
    'are made for %s when an application asks for it',
    async (signingAlgorithm) => {
      const gatelodge = await startGatelodge({ database: 'embedded', sessions: 'database' });
      try {
        const service = await registerService(gatelodge, 'fast', { signingAlgorithm });
        await registerUser(gatelodge, 'alice');
        const tokens = await signIn(gatelodge.browser(), service);
        const keys = createRemoteJWKSet(new URL(service.config.serverMetadata().jwks_uri ?? ''));
        const { protectedHeader } = await jwtVerify(tokens.id_token ?? '', keys);
        expect(protectedHeader.alg).toBe(signingAlgorithm);
        const metadata = service.config.serverMetadata();
        expect(metadata.id_token_signing_alg_values_supported).toEqual([signingAlgorithm]);
      } finally {
        await gatelodge.stop();
      }
    },
  );
});
