// A consent that is taken back takes back what was given out because of it: nothing that the application holds counts.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { authorizationUrl, registerService, registerUser, type Service, walk } from './service.ts';

const OFFLINE = { scope: 'openid profile offline_access' };

everyBackend('A consent that is taken back', (backend) => {
  let gatelodge: Gatelodge;
  let service: Service;
  let other: Service;
  let browser: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    service = await registerService(gatelodge, 'wiki', { consentMode: 'explicit' });
    other = await registerService(gatelodge, 'other', { consentMode: 'explicit' });
    await registerUser(gatelodge, 'alice');
    await registerUser(gatelodge, 'bob');
    browser = gatelodge.browser();
  });
  afterAll(() => gatelodge.stop());

  /** To the code, agreeing where a page asks. */
  async function getCode(from: Service, as = browser, username = 'alice') {
    const { url, checks } = await authorizationUrl(from, OFFLINE);
    let page = await walk(as, url.href, username);
    if (!page.location) page = await (await page.form().submit({ answer: 'accept' })).followRedirect();
    page = page.location?.origin === gatelodge.origin ? await walk(as, page.location.href) : page;
    if (!page.location) throw new Error(page.text());
    return { returned: page.location, checks };
  }

  async function signInAt(from: Service, as = browser, username = 'alice') {
    const { returned, checks } = await getCode(from, as, username);
    return openid.authorizationCodeGrant(from.config, returned, checks);
  }

  async function isAlive({ config }: Service, token = '') {
    return (await openid.tokenIntrospection(config, token)).active;
  }

  async function revoke(slug: string) {
    const page = await browser.visit('/if/user/consents/');
    return page.form(`form[action="/if/user/consents/${slug}/revoke/"]`).submit({}, { follow: true });
  }

  it('ends the access token, the refresh token and a code at once, and nothing of others', async () => {
    const bobs = await signInAt(service, gatelodge.browser(), 'bob');
    const elsewhere = await signInAt(other);
    const first = await signInAt(service);
    const second = await openid.refreshTokenGrant(service.config, first.refresh_token ?? '');
    const { returned, checks } = await getCode(service);
    expect(await isAlive(service, second.access_token)).toBe(true);

    expect((await revoke('wiki')).text()).not.toContain('The wiki');

    expect(await isAlive(service, first.access_token)).toBe(false);
    expect(await isAlive(service, second.access_token)).toBe(false);
    expect(await isAlive(service, second.refresh_token)).toBe(false);
    const userinfo = await gatelodge.browser().get('/application/o/userinfo/', {
      headers: { authorization: `Bearer ${second.access_token}` },
    });
    expect(userinfo.status).toBe(401);
    await expect(openid.refreshTokenGrant(service.config, second.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(openid.authorizationCodeGrant(service.config, returned, checks)).rejects.toMatchObject({
      error: 'invalid_grant',
    });

    expect(await isAlive(service, bobs.access_token)).toBe(true);
    expect(await isAlive(other, elsewhere.access_token)).toBe(true);
    await openid.refreshTokenGrant(other.config, elsewhere.refresh_token ?? '');
  });

  it('is written down with the number of authorizations that ended with it', async () => {
    await signInAt(other);
    await revoke('other');
    const events = await gatelodge.deps.db.event.findMany({ where: { action: 'model_updated' } });
    expect(JSON.stringify(events)).toContain('"consent":"revoked","authorizations_ended":2');
  });

  it('is asked for again the next time', async () => {
    const { url } = await authorizationUrl(service, OFFLINE);
    expect((await walk(browser, url.href)).text('h1')).toBe('Continue to The wiki?');
  });
});
