// The main job from end to end with nothing of ours on the other side: Debian's Apache with mod_auth_openidc protects
// pages, and people come to them in Chromium.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { hasApache, type ProtectedSite, startApache } from '../support/apache.ts';
import { apiOf, createOidcApplication, createPerson } from '../support/api-client.ts';
import { everyBackend } from '../support/backends.ts';
import { type Chromium, hasChromium, startChromium, type Visitor } from '../support/chromium.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

const CLIENT = { clientId: 'apache', clientSecret: 'a-client-secret-for-mod-auth-openidc' };
const PASSWORD = 'correct horse battery staple';
const ANNA = {
  username: 'anna',
  name: 'Anna Ångström',
  email: 'anna@example.com',
  groups: ['family', 'media'],
};
const BERT = { username: 'bert', name: 'Bert Berg', email: 'bert@example.com', groups: ['media'] };

async function signIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username or email').fill(username);
  await page.keyboard.press('Enter');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
}

everyBackend('A page that mod_auth_openidc protects', (backend) => {
  // In CI the run refuses to begin without them (test/support/run.ts).
  if (!hasApache || !hasChromium)
    return it.skip('needs Apache and Chromium: run scripts/test-packages', () => {});

  let gatelodge: Gatelodge;
  let site: ProtectedSite;
  let chromium: Chromium;
  let visitor: Visitor;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    const metadataUrl = `${gatelodge.origin}/application/o/apache/.well-known/openid-configuration`;
    [site, chromium] = await Promise.all([startApache({ ...CLIENT, metadataUrl }), startChromium()]);
    const api = apiOf(gatelodge.origin, API_TOKEN);
    for (const person of [ANNA, BERT]) await createPerson(api, { ...person, password: PASSWORD });
    await createOidcApplication(api, {
      ...CLIENT,
      name: 'Apache',
      slug: 'apache',
      redirectUris: [site.redirectUri],
      signedOutUris: [site.signedOutUrl],
      provider: { logout_uri: `${site.redirectUri}?logout=backchannel`, logout_method: 'backchannel' },
    });
  });

  afterAll(async () => {
    await chromium?.close();
    await site?.stop();
    await gatelodge?.stop();
  });

  beforeEach(async () => {
    visitor = await chromium.visitor();
  });

  afterEach(async () => {
    await visitor?.leave();
  });

  it('sends a visitor to Gatelodge, and shows the claims of the person who comes back', async () => {
    const { page } = visitor;
    await page.goto(`${site.origin}/private/`);
    expect(page.url()).toContain(`${gatelodge.origin}/if/flow/default-authentication-flow/`);
    await signIn(page, 'anna');
    await page.waitForURL(`${site.origin}/private/`);
    const claim = (name: string) => page.locator(`#${name}`).textContent();
    expect(await claim('preferred_username')).toBe('anna');
    expect(await claim('name')).toBe('Anna Ångström');
    expect(await claim('email')).toBe('anna@example.com');
    expect(await claim('email_verified')).toBe('1');
    expect((await claim('groups'))?.split(',').sort()).toEqual(['family', 'media']);
    expect(await claim('sub')).toMatch(/^[0-9a-f]{64}$/);
    expect(visitor.faults).toEqual([]);
  });

  it('asks only once: the next page that needs a sign-in opens without one', async () => {
    const { page } = visitor;
    await page.goto(`${gatelodge.origin}/if/user/`);
    await signIn(page, 'anna');
    await page.waitForURL(`${gatelodge.origin}/if/user/`);
    await page.goto(`${site.origin}/private/`);
    expect(page.url()).toBe(`${site.origin}/private/`);
  });

  it('opens to a member of the group that the rule names', async () => {
    const { page } = visitor;
    await page.goto(`${site.origin}/family/`);
    await signIn(page, 'anna');
    await page.waitForURL(`${site.origin}/family/`);
    expect(await page.getByRole('heading').textContent()).toBe('Family page');
  });

  it('stays closed to those who are not members, though they have signed in', async () => {
    const { page } = visitor;
    await page.goto(`${site.origin}/family/`);
    await signIn(page, 'bert');
    await page.waitForURL(`${site.origin}/family/`);
    expect(await page.getByRole('heading').textContent()).toBe('Forbidden');
    const response = await page.goto(`${site.origin}/private/`);
    expect(response?.status()).toBe(200);
  });

  it.each([
    ['an administrator signs them out everywhere', (id: number) => gatelodge.deps.sessions.endAllOf(id)],
    [
      'their account is deactivated',
      (id: number) => gatelodge.api('PATCH', `/core/users/${id}/`, { is_active: false }),
    ],
  ])('ends the session at Apache too when %s: back-channel logout', async (cause, end) => {
    const { page } = visitor;
    const username = `guest-${cause.length}`;
    const person = { username, name: 'A Guest', email: `${username}@example.com`, password: PASSWORD };
    const id = await createPerson(apiOf(gatelodge.origin, API_TOKEN), person);
    await page.goto(`${site.origin}/private/`);
    await signIn(page, username);
    await page.waitForURL(`${site.origin}/private/`);
    await page.reload();
    expect(page.url()).toBe(`${site.origin}/private/`);
    await end(id);
    // Apache alone decides now: it has to ask again, because Gatelodge told it so.
    for (let attempt = 0; attempt < 50 && page.url().startsWith(site.origin); attempt++) {
      await page.waitForTimeout(100);
      await page.goto(`${site.origin}/private/`);
    }
    expect(page.url()).toContain(`${gatelodge.origin}/if/flow/default-authentication-flow/`);
  });

  it('ends the session at Gatelodge when the person signs out there, and gets them back', async () => {
    const { page } = visitor;
    await page.goto(`${site.origin}/private/`);
    await signIn(page, 'anna');
    await page.waitForURL(`${site.origin}/private/`);
    await page.goto(site.signOutUrl);
    await page.waitForURL((url) => url.href.startsWith(site.signedOutUrl));
    await page.goto(`${gatelodge.origin}/if/user/`);
    expect(page.url()).toContain('/if/flow/default-authentication-flow/');
    await page.goto(`${site.origin}/private/`);
    expect(page.url()).toContain(`${gatelodge.origin}/if/flow/default-authentication-flow/`);
  });
});
