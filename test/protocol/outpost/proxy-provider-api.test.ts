// Proxy providers over the REST API, by authentik's published client: what its scripts write and read back.
import {
  Configuration,
  CoreApi,
  ProviderModelEnum,
  ProvidersApi,
  ProxyMode,
  type ProxyProviderRequest,
} from '@goauthentik/api';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

const FLOWS = {
  authorizationFlow: 'default-provider-authorization-implicit-consent',
  invalidationFlow: 'default-provider-invalidation-flow',
};

let gatelodge: Gatelodge;
let core: CoreApi;
let providers: ProvidersApi;

beforeAll(async () => {
  gatelodge = await startGatelodge(EMBEDDED);
  const configuration = new Configuration({
    basePath: `${gatelodge.origin}/api/v3`,
    accessToken: API_TOKEN,
  });
  core = new CoreApi(configuration);
  providers = new ProvidersApi(configuration);
});
afterAll(() => gatelodge?.stop());

const WRITTEN: ProxyProviderRequest = {
  ...FLOWS,
  name: 'films',
  externalHost: 'https://films.example.com',
  internalHost: 'https://films:8443',
  internalHostSslValidation: false,
  mode: ProxyMode.Proxy,
  skipPathRegex: '^/health$',
  basicAuthEnabled: true,
  basicAuthUserAttribute: 'films_user',
  basicAuthPasswordAttribute: 'films_password',
  interceptHeaderAuth: false,
  accessTokenValidity: 'hours=8',
};

describe("a proxy provider, by authentik's client", () => {
  it('is made with its application and its rules by one call, or not at all', async () => {
    const group = await core.coreGroupsCreate({ groupRequest: { name: 'family' } });
    const request = {
      providerModel: ProviderModelEnum.AuthentikProvidersProxyProxyprovider,
      provider: { providerModel: 'authentik_providers_proxy.proxyprovider' as const, ...WRITTEN },
      policyBindings: [{ group: group.pk, order: 0 }],
    };
    const make = (slug: string, externalHost = WRITTEN.externalHost) =>
      core.coreTransactionalApplicationsUpdate({
        transactionApplicationRequest: {
          ...request,
          provider: { ...request.provider, externalHost },
          app: { name: 'Films', slug },
        },
      });
    await expect(make('films', 'not an address')).rejects.toMatchObject({ response: { status: 400 } });
    expect((await core.coreApplicationsList({})).results).toEqual([]);
    expect(await make('films')).toMatchObject({ applied: true });
    const { results } = await providers.providersProxyList({});
    expect(results).toMatchObject([{ ...WRITTEN, ...uuids(), assignedApplicationSlug: 'films' }]);
    const access = await core.coreApplicationsCheckAccessRetrieve({ slug: 'films' });
    expect(access.passing).toBe(false);
  });

  it('is read back as it was written, field by field, and is changed by parts', async () => {
    const provider = { ...WRITTEN, name: 'series', externalHost: 'https://series.example.com' };
    const { pk } = await providers.providersProxyCreate({ proxyProviderRequest: provider });
    const read = await providers.providersProxyRetrieve({ id: pk });
    expect(read).toMatchObject({ ...provider, ...uuids() });
    expect(read.clientId).toMatch(/^[A-Za-z\d]{40}$/);
    expect(read).toMatchObject({
      component: 'ak-provider-proxy-form',
      metaModelName: 'authentik_providers_proxy.proxyprovider',
      outpostSet: ['authentik Embedded Outpost'],
    });
    const patched = await providers.providersProxyPartialUpdate({
      id: pk,
      patchedProxyProviderRequest: { jwtFederationProviders: [pk], interceptHeaderAuth: true },
    });
    expect(patched).toMatchObject({ jwtFederationProviders: [pk], interceptHeaderAuth: true, mode: 'proxy' });
    const unknown = { id: pk, patchedProxyProviderRequest: { jwtFederationProviders: [987] } };
    await expect(providers.providersProxyPartialUpdate(unknown)).rejects.toMatchObject({
      response: { status: 400 },
    });
  });

  it('is among all providers, and not among those of services that sign people in', async () => {
    const all = await providers.providersAllList({ ordering: 'name' });
    expect(all.results.map(({ name, component }) => [name, component])).toEqual([
      ['films', 'ak-provider-proxy-form'],
      ['series', 'ak-provider-proxy-form'],
    ]);
    expect((await providers.providersOauth2List({})).results).toEqual([]);
    const id = all.results[0]?.pk ?? 0;
    await expect(providers.providersOauth2Retrieve({ id })).rejects.toMatchObject({
      response: { status: 404 },
    });
    await providers.providersProxyDestroy({ id });
    expect((await providers.providersAllList({})).results).toHaveLength(1);
  });
});

/** Flows are written by slug or id, and read by id. */
const uuids = () => ({
  authorizationFlow: expect.stringMatching(/^[\da-f-]{36}$/),
  invalidationFlow: expect.stringMatching(/^[\da-f-]{36}$/),
});
