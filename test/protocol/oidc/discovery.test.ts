import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateApplication } from '../../../src/identity/application/application.ts';
import { updateOAuth2Provider } from '../../../src/protocol/oidc/client.ts';
import { DEVICE_CODE_GRANT, type NewOAuth2Provider } from '../../../src/protocol/oidc/client-fields.ts';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { registerService, type Service } from './service.ts';

interface Metadata {
  issuer: string;
  [name: string]: unknown;
}

describe('GET /application/o/<slug>/.well-known/openid-configuration', () => {
  let gatelodge: Gatelodge;
  let service: Service;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    service = await registerService(gatelodge, 'wiki');
  });
  afterAll(() => gatelodge.stop());

  const path = (slug: string) => `/application/o/${slug}/.well-known/openid-configuration`;

  it('shows the contract’s addresses at the origin that the browser sees', async () => {
    const proxied = { 'https://auth.example.test': gatelodge.origin };
    const browser = gatelodge.browser({ origin: 'https://auth.example.test', proxied });
    const metadata = (await browser.get(path('wiki'))).json<Metadata>();
    const o = 'https://auth.example.test/application/o';
    expect(metadata).toMatchObject({
      issuer: `${o}/wiki/`,
      authorization_endpoint: `${o}/authorize/`,
      token_endpoint: `${o}/token/`,
      userinfo_endpoint: `${o}/userinfo/`,
      introspection_endpoint: `${o}/introspect/`,
      revocation_endpoint: `${o}/revoke/`,
      jwks_uri: `${o}/wiki/jwks/`,
      end_session_endpoint: `${o}/wiki/end-session/`,
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      subject_types_supported: ['public'],
      scopes_supported: expect.arrayContaining(['openid', 'email', 'profile', 'groups', 'offline_access']),
      claims_supported: expect.arrayContaining([
        'sub',
        'email',
        'email_verified',
        'groups',
        'preferred_username',
      ]),
    });
  });

  it('is the same in RFC 8414’s form, and where the issuer itself leads', async () => {
    const browser = gatelodge.browser();
    const expected = (await browser.get(path('wiki'))).json<Metadata>();
    const form = await browser.get('/.well-known/oauth-authorization-server/application/o/wiki/');
    expect(form.json()).toEqual(expected);
    for (const issuer of ['/application/o/wiki/', '/application/o/wiki']) {
      expect((await browser.visit(issuer)).json()).toEqual(expected);
    }
  });

  const clients: [name: string, provider: Partial<NewOAuth2Provider>, expected: object][] = [
    ['a website', {}, { grant_types_supported: ['authorization_code', 'refresh_token'] }],
    [
      'a website that may not refresh',
      { grantTypes: ['authorization_code'] },
      { grant_types_supported: ['authorization_code'], response_types_supported: ['code'] },
    ],
    [
      'a machine',
      { grantTypes: ['client_credentials'], redirectUris: [] },
      {
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        device_authorization_endpoint: undefined,
      },
    ],
    [
      'a television',
      { grantTypes: [DEVICE_CODE_GRANT], clientType: 'public', redirectUris: [] },
      {
        grant_types_supported: [DEVICE_CODE_GRANT],
        token_endpoint_auth_methods_supported: ['none'],
        device_authorization_endpoint: expect.stringMatching(/\/application\/o\/device\/$/),
      },
    ],
    [
      'a client whose scopes leave nothing to refresh',
      { scopeMappingIds: [] },
      { grant_types_supported: ['authorization_code'], scopes_supported: ['openid'] },
    ],
  ];

  it.each(clients)('says what %s may do, and no more', async (name, provider, expected) => {
    const slug = name.replaceAll(' ', '-');
    await registerService(gatelodge, slug, provider);
    const metadata = (await gatelodge.browser().get(path(slug))).json<Metadata>();
    expect({ device_authorization_endpoint: undefined, ...metadata }).toMatchObject(expected);
  });

  it('does not exist for an application that is not there', async () => {
    expect((await gatelodge.browser().get(path('nothing'))).status).toBe(404);
  });

  it('may be read by scripts of any origin', async () => {
    const page = await gatelodge.browser().get(path('wiki'), { headers: { origin: 'https://spa.test' } });
    expect(page.headers['access-control-allow-origin']).toBe('*');
  });

  it('is the same however often it is asked for, and need not be sent again to those who have it', async () => {
    const browser = gatelodge.browser();
    const [first, second] = [await browser.get(path('wiki')), await browser.get(path('wiki'))];
    expect(second.json()).toEqual(first.json());
    expect(second.headers).toMatchObject({ 'content-type': first.headers['content-type'] ?? '' });
    expect(second.headers['x-content-type-options']).toBe('nosniff');
    const headers = { 'if-none-match': second.headers.etag ?? '' };
    expect((await browser.get(path('wiki'), { headers })).status).toBe(304);
  });

  it('follows a change of the application or its client at once', async () => {
    const { db, changes, vault } = gatelodge.deps;
    await updateOAuth2Provider(db, changes, vault, service.providerId, { signingAlgorithm: 'ES256' });
    const browser = gatelodge.browser();
    expect((await browser.get(path('wiki'))).json<Metadata>()).toMatchObject({
      id_token_signing_alg_values_supported: ['ES256'],
    });
    await updateApplication(db, changes, service.applicationId, { slug: 'renamed' });
    expect((await browser.get(path('wiki'))).status).toBe(404);
    const renamed = (await browser.get(path('renamed'))).json<Metadata>();
    expect(renamed.issuer).toBe(`${gatelodge.origin}/application/o/renamed/`);
  });

  it('names the origin as the issuer in global mode', async () => {
    await registerService(gatelodge, 'per-application');
    const { db, changes, vault } = gatelodge.deps;
    await updateOAuth2Provider(db, changes, vault, service.providerId, { issuerMode: 'global' });
    const metadata = (await gatelodge.browser().get(path('renamed'))).json<Metadata>();
    expect(metadata.issuer).toBe(`${gatelodge.origin}/`);
  });

  it('publishes keys without their private halves', async () => {
    const page = await gatelodge.browser().get('/application/o/per-application/jwks/');
    const { keys } = page.json<{ keys: Record<string, string>[] }>();
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: 'sig', alg: expect.any(String) });
      expect(key).not.toHaveProperty('d');
    }
  });
});
