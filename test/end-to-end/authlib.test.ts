// All grants with a client in another language: Authlib asks, and Authlib's own JOSE checks every token.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import { issueToken } from '../../src/identity/token/token.ts';
import { DEVICE_CODE_GRANT } from '../../src/protocol/oidc/client-fields.ts';
import { REDIRECT_URI, registerService, registerUser, walk } from '../protocol/oidc/service.ts';
import { type AuthlibClient, hasAuthlib, startAuthlib } from '../support/authlib.ts';
import { everyBackend } from '../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import { cloneInThisRealm } from '../support/realm.ts';

const SCOPE = 'openid profile email offline_access';
const VERIFIER = 'a-verifier-of-at-least-forty-three-characters-as-rfc7636-wants';
const NONCE = 'a-nonce';
const APP_PASSWORD = 'an app password that is long enough';

cloneInThisRealm();

everyBackend('A Python client on Authlib', (backend) => {
  // In CI the run refuses to begin without it (test/support/run.ts).
  if (!hasAuthlib) return it.skip('needs python3-authlib: run scripts/test-packages', () => {});

  let gatelodge: Gatelodge;
  let client: AuthlibClient;
  let alice: number;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    alice = await registerUser(gatelodge, 'alice');
  });
  beforeEach(() => {
    client = startAuthlib();
  });
  afterEach(() => client.stop());
  afterAll(() => gatelodge.stop());

  const issuer = (slug: string) => `${gatelodge.origin}/application/o/${slug}/`;

  async function signIn(): Promise<Record<string, unknown>> {
    const asked = await client.ask('authorize', { code_verifier: VERIFIER, nonce: NONCE });
    const page = await walk(gatelodge.browser(), String(asked.url));
    const response = page.location?.href;
    return client.ask('redeem', { response, state: asked.state, code_verifier: VERIFIER, nonce: NONCE });
  }

  it.each(['RS256', 'ES256', 'EdDSA'] as const)('signs in with a code and PKCE, by %s', async (algorithm) => {
    const slug = `web-${algorithm.toLowerCase()}`;
    const service = await registerService(gatelodge, slug, { signingAlgorithm: algorithm });
    const { clientId: client_id, clientSecret: client_secret } = service;
    const whose = { issuer: issuer(slug), client_id, client_secret };
    await client.ask('begin', { ...whose, redirect_uri: REDIRECT_URI, scope: SCOPE });
    expect(await signIn()).toMatchObject({
      header: { alg: algorithm, kid: expect.any(String) },
      claims: {
        nonce: NONCE,
        preferred_username: 'alice',
        email: 'alice@example.com',
        amr: ['pwd'],
        sid: expect.any(String),
      },
      access_claims: { client_id, scope: SCOPE, preferred_username: 'alice' },
    });
  });

  it('refreshes, introspects and revokes, and is refused a refresh token that it has used', async () => {
    const { clientSecret: client_secret } = await registerService(gatelodge, 'site');
    const whose = { issuer: issuer('site'), client_id: 'site', client_secret };
    await client.ask('begin', { ...whose, redirect_uri: REDIRECT_URI, scope: SCOPE });
    const first = await signIn();
    const second = await client.ask('refresh', { refresh_token: first.refresh_token });
    expect(second).toMatchObject({ claims: { sub: (first.claims as { sub: string }).sub } });
    const { access_token } = second;
    expect(await client.ask('userinfo', { access_token })).toMatchObject({ preferred_username: 'alice' });
    expect(await client.ask('introspect', { access_token })).toMatchObject({ active: true });
    expect(await client.ask('revoke', { token: access_token })).toEqual({ status: 200 });
    expect(await client.ask('introspect', { access_token })).toEqual({ active: false });
    const again = { refresh_token: first.refresh_token };
    expect(await client.ask('refresh', again)).toMatchObject({ refused: 'invalid_grant' });
    const revoked = { refresh_token: second.refresh_token };
    expect(await client.ask('refresh', revoked)).toMatchObject({ refused: 'invalid_grant' });
  });

  it('gets tokens as itself, and for a user by an app password', async () => {
    const { db, vault } = gatelodge.deps;
    const grant = { grantTypes: ['client_credentials' as const], redirectUris: [] };
    const { clientSecret: client_secret } = await registerService(gatelodge, 'cron', grant);
    await client.ask('begin', {
      issuer: issuer('cron'),
      client_id: 'cron',
      client_secret,
      scope: 'openid profile',
    });
    expect(await client.ask('client_credentials')).toMatchObject({
      claims: { preferred_username: 'ak-cron-client_credentials' },
    });
    const token = { identifier: 'script', intent: 'app_password', userId: alice, key: APP_PASSWORD } as const;
    await issueToken(db, vault, token);
    const named = { username: 'alice', password: APP_PASSWORD };
    expect(await client.ask('password', named)).toMatchObject({ claims: { preferred_username: 'alice' } });
    const wrong = { username: 'alice', password: 'wrong' };
    expect(await client.ask('password', wrong)).toMatchObject({ refused: 'invalid_grant' });
  });

  it('proves itself by a signature instead of a secret', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kty: 'RSA' as const }] };
    const grant = { grantTypes: ['client_credentials' as const], redirectUris: [], jwks };
    await registerService(gatelodge, 'robot', grant);
    const private_key = await exportPKCS8(privateKey);
    await client.ask('begin', { issuer: issuer('robot'), client_id: 'robot', private_key, scope: 'openid' });
    expect(await client.ask('client_credentials')).toMatchObject({ claims: { aud: 'robot' } });
  });

  it('signs in on a device', async () => {
    const grant = { grantTypes: [DEVICE_CODE_GRANT], clientType: 'public', redirectUris: [] } as const;
    await registerService(gatelodge, 'tv', { ...grant, grantTypes: [...grant.grantTypes], redirectUris: [] });
    await client.ask('begin', { issuer: issuer('tv'), client_id: 'tv', scope: 'openid profile' });
    const { device_code, verification_uri_complete } = await client.ask('ask_device_code');
    expect(await client.ask('device_code', { device_code })).toMatchObject({
      refused: 'authorization_pending',
    });
    const page = await walk(gatelodge.browser(), String(verification_uri_complete));
    await (await page.form().submit()).form().submit({ answer: 'accept' });
    expect(await client.ask('device_code', { device_code })).toMatchObject({
      claims: { preferred_username: 'alice' },
    });
  });
});
