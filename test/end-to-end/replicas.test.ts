// Several processes on one PostgreSQL, with sessions there or in Redis: what one knows, all honour; what one takes away is
// dead at all within the bound that docs/operations.md states.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { apiOf, createOidcApplication, createPerson } from '../support/api-client.ts';
import { type Backend, EXTERNAL, everyBackend } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { API_TOKEN, type Gatelodge, startGatelodge, startReplica } from '../support/gatelodge.ts';

const BOUND_MS = 1_000;
const PASSWORD = 'a quiet walk in the rain';
const REDIRECT_URI = 'https://wiki.test/callback';

const POSTGRES_ALONE: Backend = { name: 'PostgreSQL alone', database: 'postgres', sessions: 'database' };

everyBackend(
  'two replicas',
  (stores) => {
    let here: Gatelodge;
    let there: Gatelodge;
    let anna: Browser;

    beforeAll(async () => {
      here = await startGatelodge(stores);
      there = await startReplica(here.environment);
      const person = { username: 'anna', name: 'Anna', email: 'anna@home.test', password: PASSWORD };
      await createPerson(apiOf(here.origin, API_TOKEN), person);
    });
    afterAll(async () => {
      await there?.stop();
      await here?.stop();
    });

    it('honour a sign-in that the other has seen', async () => {
      anna = await signIn(here);
      expect(await statusAt(there, anna)).toBe(200);
    });

    it('go on with a sign-in that began at the other', async () => {
      const browser = here.browser();
      const name = await browser.visit('/if/flow/default-authentication-flow/');
      const { url } = await name.form().submit({ uid_field: 'anna' }, { follow: true });
      const password = await browser.visit(new URL(url.pathname + url.search, there.origin).href);
      await password.form().submit({ password: PASSWORD }, { follow: true });
      expect(await statusAt(here, browser)).toBe(200);
    });

    it('refuse a session that was ended at the other', async () => {
      const out = await anna.visit(new URL('/if/flow/default-invalidation-flow/', here.origin).href);
      await out.form().submit({}, { follow: true });
      await withinBound(async () => expect(await statusAt(there, anna)).toBe(303));
    });

    it('refuse a person who was deactivated at the other', async () => {
      const browser = await signIn(there);
      const users = await here.api<{ results: { pk: number }[] }>('GET', '/core/users/?username=anna');
      await here.api('PATCH', `/core/users/${users.body.results[0]?.pk}/`, { is_active: false });
      await withinBound(async () => expect(await statusAt(there, browser)).toBe(303));
    });

    it('follow a redirect URI that was changed at the other', async () => {
      const api = apiOf(here.origin, API_TOKEN);
      const wiki = { name: 'Wiki', slug: 'wiki', clientId: 'wiki', clientSecret: 'wiki-secret-wiki-secret' };
      await createOidcApplication(api, { ...wiki, redirectUris: ['https://old.test/callback'] });
      expect(await authorizeAt(there)).toBe(400);
      const providers = await here.api<{ results: { pk: number }[] }>('GET', '/providers/oauth2/');
      const redirect_uris = [{ matching_mode: 'strict', url: REDIRECT_URI }];
      await here.api('PATCH', `/providers/oauth2/${providers.body.results[0]?.pk}/`, { redirect_uris });
      await withinBound(async () => expect(await authorizeAt(there)).toBe(303));
    });
  },
  [POSTGRES_ALONE, EXTERNAL],
);

async function signIn(gatelodge: Gatelodge): Promise<Browser> {
  const browser = gatelodge.browser();
  const name = await browser.visit('/if/flow/default-authentication-flow/');
  const password = await name.form().submit({ uid_field: 'anna' }, { follow: true });
  await password.form().submit({ password: PASSWORD }, { follow: true });
  return browser;
}

async function statusAt({ origin }: Gatelodge, browser: Browser): Promise<number> {
  return (await browser.get(new URL('/if/user/', origin).href)).status;
}

async function authorizeAt(gatelodge: Gatelodge): Promise<number> {
  const query = new URLSearchParams({
    client_id: 'wiki',
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid',
  });
  return (await gatelodge.browser().get(`/application/o/authorize/?${query}`)).status;
}

/** The last look is taken when the time is up, so that a slow machine cannot make it later. */
async function withinBound(look: () => Promise<void>): Promise<void> {
  const until = Date.now() + BOUND_MS;
  for (;;) {
    const isLast = Date.now() >= until;
    try {
      return await look();
    } catch (error) {
      if (isLast) throw error;
      await sleep(50);
    }
  }
}
