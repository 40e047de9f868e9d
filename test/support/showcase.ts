// The demo household with something of everything in it, for those who look at pages: an application that asks for
// consent, one that lets few people in, a device, applications behind a proxy, an invitation, and names that are too long.
import { createDemoHousehold, DEMO_CLIENT_SECRET } from '../../prisma/seed.ts';
import { type Api, createOidcApplication, createPerson } from './api-client.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Words that must wrap, because they never end. */
export const LONG = {
  username: 'wilhelmina.charlotte.von-und-zu-hohenfelsberg-grafenstein',
  name: 'Wilhelmina Charlotte Freifrau von und zu Hohenfelsberg-Grafenstein',
  email: 'wilhelmina.charlotte.von-und-zu-hohenfelsberg@mail.grafenstein-family.example.com',
  slug: 'document-archive-of-the-extended-family',
} as const;

/** Creates it all through the API of a running Gatelodge. */
export async function createShowcase(api: Api): Promise<void> {
  await createDemoHousehold(api);
  await createPerson(api, { ...LONG, password: 'correct horse battery staple', groups: ['Family'] });
  await createApplications(api);
  await createProxyApplications(api);
  const keyHolders = await api('POST', 'core/groups/', { name: 'Key holders' });
  await allow(api, 'vault', keyHolders.pk);
  await api('POST', 'stages/invitation/invitations/', {
    name: 'gwens-invitation',
    fixed_data: { username: 'gwen', email: 'gwen.guest@example.com', groups: [keyHolders.pk] },
  });
}

async function createApplications(api: Api): Promise<void> {
  const house = { group: 'House' };
  const consent = { authorization_flow: 'default-provider-authorization-explicit-consent' };
  const archive = {
    group: 'Work',
    meta_description:
      'Letters, contracts, certificates and photographs of everybody since 1897, with a search',
  };
  for (const { name, slug, app, provider } of [
    { name: 'Calendar', slug: 'calendar', app: house, provider: consent },
    { name: 'Vault', slug: 'vault', app: house, provider: {} },
    { name: 'Television', slug: 'television', app: house, provider: { grant_types: [DEVICE_GRANT] } },
    { name: 'Document archive of the extended family', slug: LONG.slug, app: archive, provider: {} },
  ]) {
    await createOidcApplication(api, {
      name,
      slug,
      clientId: slug,
      clientSecret: DEMO_CLIENT_SECRET,
      redirectUris: [`https://${slug}.example.com/callback`],
      signedOutUris: [`https://${slug}.example.com/signed-out`],
      app,
      provider,
    });
  }
}

async function createProxyApplications(api: Api): Promise<void> {
  for (const { name, slug, provider } of [
    {
      name: 'Films',
      slug: 'films',
      provider: { mode: 'forward_single', external_host: 'https://films.example.com' },
    },
    {
      name: 'Home',
      slug: 'home',
      provider: {
        mode: 'forward_domain',
        external_host: 'https://home.example.net',
        cookie_domain: 'example.net',
      },
    },
    {
      name: 'Notes',
      slug: 'notes',
      provider: {
        mode: 'proxy',
        external_host: 'https://notes.example.com',
        internal_host: 'http://notes:3000',
      },
    },
  ]) {
    const { pk } = await api('POST', 'providers/proxy/', { name, ...provider });
    await api('POST', 'core/applications/', { name, slug, provider: pk, group: 'House' });
  }
}

async function allow(api: Api, slug: string, group: unknown): Promise<void> {
  const { pk: target } = await api('GET', `core/applications/${slug}/`);
  await api('POST', 'policies/bindings/', { target, group, order: 0 });
}
