import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

interface ProviderBody {
  pk: number;
  client_id: string;
  client_secret: string;
  property_mappings: string[];
  signing_key: string;
  [name: string]: unknown;
}

interface Page<Row> {
  results: Row[];
}

describe('/api/v3/providers/oauth2/', () => {
  let gatelodge: Gatelodge;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
  });
  afterAll(() => gatelodge.stop());

  it('makes a client from a name, with what authentik would choose', async () => {
    const made = await gatelodge.api<ProviderBody>('POST', '/providers/oauth2/', { name: 'plain' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      client_id: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
      client_secret: expect.stringMatching(/^[A-Za-z0-9]{128}$/),
      client_type: 'confidential',
      grant_types: ['authorization_code', 'refresh_token'],
      access_code_validity: 'minutes=1',
      access_token_validity: 'hours=1',
      refresh_token_validity: 'days=30',
      sub_mode: 'hashed_user_id',
      issuer_mode: 'per_provider',
      include_claims_in_id_token: true,
      signing_algorithm: 'RS256',
      component: 'ak-provider-oauth2-form',
      redirect_uris: [],
    });
    expect(made.body.property_mappings).toHaveLength(6);
  });

  it('takes flows by slug, durations, and redirect URIs as objects or as lines', async () => {
    const made = await gatelodge.api<ProviderBody>('POST', '/providers/oauth2/', {
      name: 'full',
      authorization_flow: 'default-provider-authorization-explicit-consent',
      invalidation_flow: 'default-provider-invalidation-flow',
      client_id: 'full',
      client_secret: 'given',
      access_token_validity: 'minutes=90',
      redirect_uris: [
        { matching_mode: 'strict', url: 'https://a.test/cb' },
        { matching_mode: 'regex', url: 'https://.*\\.a\\.test/cb', redirect_uri_type: 'logout' },
      ],
    });
    expect(made.body).toMatchObject({
      client_id: 'full',
      client_secret: 'given',
      access_token_validity: 'hours=1;minutes=30',
      redirect_uris: [
        { matching_mode: 'strict', url: 'https://a.test/cb', redirect_uri_type: 'authorization' },
        { matching_mode: 'regex', url: 'https://.*\\.a\\.test/cb', redirect_uri_type: 'logout' },
      ],
    });
    const path = `/providers/oauth2/${made.body.pk}/`;
    const lines = { redirect_uris: 'https://a.test/1\nhttps://a.test/2' };
    const changed = await gatelodge.api<ProviderBody>('PATCH', path, lines);
    expect(changed.body.redirect_uris).toMatchObject([
      { url: 'https://a.test/1' },
      { url: 'https://a.test/2' },
    ]);
    expect(changed.body.authorization_flow).toBe(made.body.authorization_flow);
  });

  it.each(['PATCH', 'PUT'])('renames by %s, and refuses a name that is taken', async (method) => {
    const [made] = await Promise.all(
      [`old-${method}`, `taken-${method}`].map((name) =>
        gatelodge.api<ProviderBody>('POST', '/providers/oauth2/', { name }),
      ),
    );
    const path = `/providers/oauth2/${made?.body.pk}/`;
    const renamed = await gatelodge.api(method, path, { name: `new-${method}` });
    expect(renamed).toMatchObject({
      status: 200,
      body: {
        name: `new-${method}`,
        client_id: made?.body.client_id,
        client_secret: made?.body.client_secret,
      },
    });
    expect(await gatelodge.api(method, path, { name: `taken-${method}` })).toMatchObject({ status: 400 });
  });

  it.each([
    [{ redirect_uris: [{ url: 'javascript:alert(1)' }] }, 'redirect_uris'],
    [{ redirect_uris: [{ url: 'https://(', matching_mode: 'regex' }] }, 'redirect_uris'],
    [{ authorization_flow: 'no-such-flow' }, 'authorization_flow'],
    [{ access_token_validity: 'soon' }, 'access_token_validity'],
    [{ property_mappings: ['7d3c1a36-0000-4000-8000-000000000007'] }, 'property_mappings'],
    [{ signing_key: '7d3c1a36-0000-4000-8000-000000000007' }, 'signing_key'],
    [{ unheard_of: true }, 'unheard_of'],
  ])('refuses %o', async (fields, field) => {
    const answer = await gatelodge.api('POST', '/providers/oauth2/', { name: 'wrong', ...fields });
    expect([answer.status, Object.keys(answer.body as object)]).toEqual([400, [field]]);
  });

  it('makes an application with its provider in one call, or nothing', async () => {
    const provider = { name: 'one call', redirect_uris: [{ url: 'https://a.test/cb' }] };
    const request = { provider_model: 'authentik_providers_oauth2.oauth2provider', provider };
    const path = '/core/transactional/applications/';
    const refused = await gatelodge.api('PUT', path, { ...request, app: { name: 'x', slug: 'token' } });
    expect(refused.status).toBe(400);
    const made = await gatelodge.api('PUT', path, { ...request, app: { name: 'One', slug: 'one' } });
    expect(made).toMatchObject({ status: 200, body: { applied: true } });
    const list = await gatelodge.api<Page<ProviderBody>>('GET', '/providers/all/?search=one+call');
    expect(list.body.results).toMatchObject([{ name: 'one call', assigned_application_slug: 'one' }]);
    const urls = await gatelodge.api('GET', `/providers/oauth2/${list.body.results[0]?.pk}/setup_urls/`);
    expect(urls.body).toMatchObject({ issuer: `${gatelodge.origin}/application/o/one/` });
  });

  it('finds scopes and keys by the names that scripts look for', async () => {
    const managed = 'goauthentik.io/providers/oauth2/scope-email';
    const path = `/propertymappings/provider/scope/?managed=${managed}`;
    const scopes = await gatelodge.api<Page<{ scope_name: string }>>('GET', path);
    expect(scopes.body.results).toMatchObject([{ scope_name: 'email' }]);
    const name = encodeURIComponent('authentik Self-signed Certificate');
    const keys = await gatelodge.api<Page<{ pk: string }>>(
      'GET',
      `/crypto/certificatekeypairs/?name=${name}`,
    );
    const signingKey = keys.body.results[0]?.pk;
    const made = await gatelodge.api<ProviderBody>('POST', '/providers/oauth2/', {
      name: 'signed',
      signing_key: signingKey,
    });
    expect(made.body.signing_key).toBe(signingKey);
  });

  it('keeps custom scopes, and ours as they are', async () => {
    const path = '/propertymappings/provider/scope/';
    const minio = {
      name: 'MinIO',
      scope_name: 'minio',
      claims: { policy: { table: [{ group: 'admins', value: 'consoleAdmin' }], otherwise: 'readwrite' } },
    };
    const made = await gatelodge.api<{ pk: string }>('POST', path, minio);
    expect(made).toMatchObject({ status: 201, body: { scope_name: 'minio', claims: minio.claims } });
    const forged = { ...minio, name: 'forged', claims: { sub: { constant: 'somebody else' } } };
    expect((await gatelodge.api('POST', path, forged)).status).toBe(400);
    const ours = await gatelodge.api<Page<{ pk: string }>>('GET', `${path}?scope_name=email`);
    const change = await gatelodge.api('PATCH', `${path}${ours.body.results[0]?.pk}/`, {
      description: 'mine',
    });
    expect(change.status).toBe(409);
  });

  it('shows nothing to people who are not administrators', async () => {
    const page = await gatelodge.browser().get('/api/v3/providers/oauth2/');
    expect(page.status).toBe(403);
  });
});
