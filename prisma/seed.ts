// Demo data: a household with its services, put in through the API of a running Gatelodge.
//   GATELODGE_BOOTSTRAP_TOKEN=… npm run dev      (in one terminal, on an empty data directory)
//   GATELODGE_BOOTSTRAP_TOKEN=… node prisma/seed.ts
import { type Api, apiOf, createOidcApplication, createPerson } from '../test/support/api-client.ts';

/** Everybody's password. It is not a secret: never run this where others sign in. */
export const DEMO_PASSWORD = 'correct horse battery staple';

const people = [
  { username: 'anna', name: 'Anna Lind', email: 'anna@example.com', groups: ['Family', 'Gatelodge Admins'] },
  { username: 'bert', name: 'Bert Lind', email: 'bert@example.com', groups: ['Family'] },
  { username: 'guest', name: 'Gwen Guest', email: 'gwen@example.com', groups: ['Guests'] },
];

const applications = [
  {
    name: 'Gitea',
    slug: 'gitea',
    group: 'Work',
    description: 'Code and issues',
    path: '/user/oauth2/gatelodge/callback',
  },
  {
    name: 'Grafana',
    slug: 'grafana',
    group: 'Work',
    description: 'Dashboards',
    path: '/login/generic_oauth',
  },
  {
    name: 'Paperless',
    slug: 'paperless',
    group: 'Work',
    description: 'Letters and bills',
    path: '/accounts/oidc/gatelodge/login/callback/',
  },
  {
    name: 'Immich',
    slug: 'immich',
    group: 'Media',
    description: 'Photos of the family',
    path: '/auth/login',
  },
  {
    name: 'Jellyfin',
    slug: 'jellyfin',
    group: 'Media',
    description: 'Films and music',
    path: '/sso/OID/redirect/gatelodge',
  },
  {
    name: 'Home Assistant',
    slug: 'home-assistant',
    group: 'House',
    description: 'Light, heat and doors',
    path: '/auth/oidc/callback',
  },
];

/** The client secret of every demo application. */
export const DEMO_CLIENT_SECRET = 'a-client-secret-for-the-demo-household';

/** Creates the household; fails on one that is there already. */
export async function createDemoHousehold(api: Api): Promise<void> {
  for (const person of people) await createPerson(api, { ...person, password: DEMO_PASSWORD });
  for (const { name, slug, group, description, path } of applications) {
    await createOidcApplication(api, {
      name,
      slug,
      clientId: slug,
      clientSecret: DEMO_CLIENT_SECRET,
      redirectUris: [`https://${slug}.example.com${path}`],
      app: { group, meta_description: description, meta_launch_url: `https://${slug}.example.com/` },
    });
  }
}

if (import.meta.main) {
  const { GATELODGE_URL: origin = 'http://localhost:9000', GATELODGE_BOOTSTRAP_TOKEN: token } = process.env;
  if (!token) throw new Error('Set GATELODGE_BOOTSTRAP_TOKEN to the token that the server was started with.');
  await createDemoHousehold(apiOf(origin, token));
  console.log(`${people.length} people and ${applications.length} applications; password: ${DEMO_PASSWORD}`);
}
