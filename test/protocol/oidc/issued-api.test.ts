// What applications hold about oneself, through authentik's published client.
import { Configuration, Oauth2Api } from '@goauthentik/api';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { issueToken } from '../../../src/identity/token/token.ts';
import { everyBackend } from '../../support/backends.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { authorizationUrl, registerService, registerUser, type Service, signIn, walk } from './service.ts';

everyBackend('/api/v3/oauth2/', (backend) => {
  let gatelodge: Gatelodge;
  let service: Service;
  let alice: number;
  let own: Oauth2Api;
  let bobs: Oauth2Api;
  let administrators: Oauth2Api;
  let tokens: Awaited<ReturnType<typeof signIn>>;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    service = await registerService(gatelodge, 'wiki');
    alice = await registerUser(gatelodge, 'alice');
    own = await clientOf(alice);
    bobs = await clientOf(await registerUser(gatelodge, 'bob'));
    administrators = clientWith(API_TOKEN);
    tokens = await signIn(gatelodge.browser(), service, { scope: 'openid email offline_access' });
  });
  afterAll(() => gatelodge.stop());

  const clientWith = (accessToken: string) =>
    new Oauth2Api(new Configuration({ basePath: `${gatelodge.origin}/api/v3`, accessToken }));

  async function clientOf(userId: number) {
    const { db, vault } = gatelodge.deps;
    const { key } = await issueToken(db, vault, { userId, identifier: `of-${userId}`, intent: 'api' });
    return clientWith(key);
  }

  const isAlive = async (token = '') => (await openid.tokenIntrospection(service.config, token)).active;
  const gone = { response: { status: 404 } };

  it('lists codes, access tokens and refresh tokens with their application, scopes and end', async () => {
    const { results } = await own.oauth2AccessTokensList();
    expect(results).toEqual([
      expect.objectContaining({
        provider: expect.objectContaining({ pk: service.providerId, assignedApplicationSlug: 'wiki' }),
        user: expect.objectContaining({ pk: alice, username: 'alice' }),
        scope: ['openid', 'email', 'offline_access'],
        isExpired: false,
        revoked: false,
      }),
    ]);
    expect(results[0]?.expires?.getTime()).toBeGreaterThan(Date.now());
    expect(JSON.parse(results[0]?.idToken ?? '')).toMatchObject({ email: 'alice@example.com' });
    expect((await own.oauth2RefreshTokensList()).results).toHaveLength(1);

    const { url } = await authorizationUrl(service);
    await walk(gatelodge.browser(), url.href);
    const { results: codes } = await own.oauth2AuthorizationCodesList();
    expect(codes).toHaveLength(1);
    await own.oauth2AuthorizationCodesDestroy({ id: codes[0]?.pk ?? 0 });
    expect((await own.oauth2AuthorizationCodesList()).results).toEqual([]);
  });

  it('never shows a client secret', async () => {
    const { raw } = await administrators.oauth2AccessTokensListRaw({ user: alice });
    expect(await raw.text()).not.toContain(service.clientSecret);
  });

  it("shows nobody else's, except to administrators who ask for them", async () => {
    const [token] = (await own.oauth2AccessTokensList()).results;
    const id = token?.pk ?? 0;
    expect((await bobs.oauth2AccessTokensList()).results).toEqual([]);
    expect((await bobs.oauth2AccessTokensList({ user: alice })).results).toEqual([]);
    await expect(bobs.oauth2AccessTokensRetrieve({ id })).rejects.toMatchObject(gone);
    await expect(bobs.oauth2AccessTokensDestroy({ id })).rejects.toMatchObject(gone);
    expect((await administrators.oauth2AccessTokensList()).results).toEqual([]);
    expect((await administrators.oauth2AccessTokensList({ user: alice })).results).toHaveLength(1);
    expect(await administrators.oauth2AccessTokensRetrieve({ id })).toEqual(token);
  });

  it('takes an access token back, and leaves the refresh token', async () => {
    const [token] = (await own.oauth2AccessTokensList()).results;
    await own.oauth2AccessTokensDestroy({ id: token?.pk ?? 0 });
    expect(await isAlive(tokens.access_token)).toBe(false);
    expect((await own.oauth2AccessTokensList()).results).toEqual([]);
    expect(await isAlive(tokens.refresh_token)).toBe(true);
  });

  it('takes a refresh token back with everything that it brought', async () => {
    const next = await openid.refreshTokenGrant(service.config, tokens.refresh_token ?? '');
    const { results } = await own.oauth2RefreshTokensList();
    expect(results).toHaveLength(1);
    await own.oauth2RefreshTokensDestroy({ id: results[0]?.pk ?? 0 });
    expect(await isAlive(next.access_token)).toBe(false);
    expect(await isAlive(next.refresh_token)).toBe(false);
    const events = await gatelodge.deps.db.event.findMany({ where: { action: 'model_deleted' } });
    expect(JSON.stringify(events)).toContain('refreshtoken');
  });

  it('does not list what has died with its session', async () => {
    await signIn(gatelodge.browser(), service);
    expect((await own.oauth2AccessTokensList()).results).toHaveLength(1);
    await gatelodge.deps.sessions.endAllOf(alice);
    expect((await own.oauth2AccessTokensList()).results).toEqual([]);
  });
});
