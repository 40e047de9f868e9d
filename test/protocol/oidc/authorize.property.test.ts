// Where an authorization request may send a browser, and whom it may let in.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createBinding } from '../../../src/identity/access/binding.ts';
import { createGroup } from '../../../src/identity/group/group.ts';
import { addUser } from '../../../src/identity/group/membership.ts';
import { EMBEDDED } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { ADMIN_PASSWORD, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import {
  authorizationUrl,
  recordedEvents,
  registerService,
  registerUser,
  type Service,
  signIn,
  walk,
} from './service.ts';

describe('GET /application/o/authorize/', () => {
  let gatelodge: Gatelodge;
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    service = await registerService(gatelodge, 'wiki');
    await registerUser(gatelodge, 'alice');
  });
  beforeEach(() => {
    browser = gatelodge.browser();
  });
  afterAll(() => gatelodge.stop());

  it.each([
    'https://service.test/callback/',
    'https://service.test/callback?x=1',
    'https://service.test/callback#x',
    'https://service.test:443/callback',
    'https://SERVICE.test/callback',
    'http://service.test/callback',
    'https://service.test.evil.test/callback',
    'https://user@service.test/callback',
    'https://service.test/%63allback',
    'https://service.test/callback/../evil',
    'javascript:alert(1)',
    '//evil.test',
  ])('never redirects to %s', async (redirectUri) => {
    const { url } = await authorizationUrl(service, { redirect_uri: redirectUri });
    const page = await browser.get(url.href);
    expect(page.status).toBe(400);
    expect(page.location).toBeUndefined();
    expect(page.text()).toContain('not registered');
    expect(page.text()).not.toContain('https://service.test/callback Edit');
  });

  it('shows an administrator what is registered, and records it', async () => {
    const administrator = gatelodge.browser();
    let page = await administrator.visit('/if/flow/default-authentication-flow/');
    page = await page.form().submit({ uid_field: 'akadmin' }, { follow: true });
    await page.form().submit({ password: ADMIN_PASSWORD }, { follow: true });
    const { url } = await authorizationUrl(service, { redirect_uri: 'https://service.test/oauth' });
    const shown = (await administrator.get(url.href)).text();
    expect(shown).toContain('https://service.test/oauth');
    expect(shown).toContain('https://service.test/callback');
    expect(await recordedEvents(gatelodge, 'configuration_error')).toContain('service.test');
  });

  it('shows a page for a client that it does not know', async () => {
    const page = await browser.get('/application/o/authorize/?client_id=nobody&response_type=code');
    expect([page.status, page.location]).toEqual([400, undefined]);
  });

  it('tells a refused person why, names the group, and tells the service if they go on', async () => {
    const { db, changes } = gatelodge.deps;
    const closed = await registerService(gatelodge, 'closed');
    const { id: groupId } = await createGroup(db, changes, { name: 'Family' });
    await createBinding(db, changes, { applicationId: closed.applicationId, groupId });
    const { url } = await authorizationUrl(closed);
    const page = await walk(browser, url.href);
    expect(page.status).toBe(403);
    expect(page.text()).toContain('The closed');
    expect(page.text()).toContain('Family');
    const after = await page.form().submit({}, { follow: false });
    const resumed = await after.followRedirect();
    expect(resumed.location?.searchParams.get('error')).toBe('access_denied');

    const carol = await registerUser(gatelodge, 'carol');
    await addUser(db, changes, groupId, carol);
    await expect(signIn(gatelodge.browser(), closed, { username: 'carol' })).resolves.toHaveProperty(
      'id_token',
    );
  });

  it('asks for consent when the application wants it to, once', async () => {
    const asking = await registerService(gatelodge, 'asking', { consentMode: 'explicit' });
    const { url } = await authorizationUrl(asking);
    const page = await walk(browser, url.href);
    expect(page.text()).toContain('The asking');
    const agreed = await page.form().submit({ answer: 'accept' });
    const done = await walk(browser, agreed.location?.href ?? '');
    expect(done.location?.searchParams.get('code')).toEqual(expect.any(String));
    const again = await authorizationUrl(asking);
    const silent = await browser.get(again.url.href);
    expect(silent.location?.searchParams.get('code')).toEqual(expect.any(String));
  });

  it('tells the service when the person declines', async () => {
    const asking = await registerService(gatelodge, 'declined', { consentMode: 'explicit' });
    const { url } = await authorizationUrl(asking);
    const page = await walk(browser, url.href);
    const declined = await page.form().submit({ answer: 'decline' });
    const done = await walk(browser, declined.location?.href ?? '');
    expect(done.location?.searchParams.get('error')).toBe('access_denied');
  });

  it('does not go on with an interaction in another browser', async () => {
    const { url } = await authorizationUrl(service);
    const started = await browser.get(url.href);
    const stranger = gatelodge.browser();
    const page = await stranger.get(started.location?.href ?? '');
    expect(page.status).toBe(410);
  });

  it('lets a public client use any port of a loopback address', async () => {
    const redirectUris = [{ url: 'http://127.0.0.1/callback' }];
    const desktop = await registerService(gatelodge, 'desktop', { clientType: 'public', redirectUris });
    const { url } = await authorizationUrl(desktop, { redirect_uri: 'http://127.0.0.1:51234/callback' });
    const page = await walk(browser, url.href);
    expect(page.location?.href).toMatch(/^http:\/\/127\.0\.0\.1:51234\/callback\?code=/);
  });

  it('serves a phone application with a scheme of its own', async () => {
    const redirectUris = [{ url: 'app.immich:///oauth-callback' }];
    const immich = await registerService(gatelodge, 'immich', { redirectUris });
    const { url } = await authorizationUrl(immich, { redirect_uri: 'app.immich:///oauth-callback' });
    const page = await walk(browser, url.href);
    expect(page.headers.location).toMatch(/^app\.immich:\/\/\/oauth-callback\?code=/);
  });

  it('answers by form post when asked to', async () => {
    const { url } = await authorizationUrl(service, { response_mode: 'form_post' });
    const page = await walk(browser, url.href);
    expect(page.form().action.href).toBe('https://service.test/callback');
    expect(page.form().fields).toHaveProperty('code');
  });
});
