// The language that a service asks for goes with the person through every page on the way, and back.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createBinding } from '../../../src/identity/access/binding.ts';
import { createGroup } from '../../../src/identity/group/group.ts';
import { EMBEDDED } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';
import { authorizationUrl, PASSWORD, registerService, registerUser, type Service } from './service.ts';

describe('ui_locales', () => {
  let gatelodge: Gatelodge;
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    service = await registerService(gatelodge, 'wiki', { consentMode: 'explicit' });
    await registerUser(gatelodge, 'alice');
  });
  beforeEach(() => {
    browser = gatelodge.browser({ headers: { 'accept-language': 'en' } });
  });
  afterAll(() => gatelodge.stop());

  const languageOf = ({ document }: Page) => document.querySelector('html')?.getAttribute('lang');

  it('holds for sign-in, a mistake in it, the consent and the way on', async () => {
    const { url } = await authorizationUrl(service, { ui_locales: 'fr-CA de en' });
    let page = await browser.visit(url.href);
    expect([languageOf(page), page.url.searchParams.get('ui_locales')]).toEqual(['de', null]);
    page = await page.form().submit({ uid_field: 'alice' }, { follow: true });
    page = await page.form().submit({ password: 'wrong' }, { follow: true });
    expect(languageOf(page)).toBe('de');
    page = await page.form().submit({ password: PASSWORD }, { follow: true });
    expect([languageOf(page), page.text('h1')]).toEqual(['de', expect.stringContaining('The wiki')]);
  });

  it('holds for errors, and leaves the browser’s own language where we do not speak it', async () => {
    const wrong = { redirect_uri: 'https://elsewhere.test/' };
    const asked = async (ui_locales: string) =>
      languageOf(await browser.visit((await authorizationUrl(service, { ...wrong, ui_locales })).url.href));
    expect(await asked('de')).toBe('de');
    expect(await asked('se')).toBe('en');
  });

  it.each(['ui_locales', 'login_hint', 'acr_values', 'claims_locales', 'display'])(
    'and its like may contain what nobody can store: %s',
    async (name) => {
      const { url } = await authorizationUrl(service, { [name]: 'de\0x' });
      const page = await browser.visit(url.href);
      expect(page.status).toBeLessThan(500);
    },
  );

  it('holds for the page that refuses, before which nobody is asked to agree to anything', async () => {
    const { db, changes } = gatelodge.deps;
    const group = await createGroup(db, changes, { name: 'family' });
    await createBinding(db, changes, { applicationId: service.applicationId, groupId: group.id });
    const { url } = await authorizationUrl(service, { ui_locales: 'de' });
    let page = await browser.visit(url.href);
    page = await page.form().submit({ uid_field: 'alice' }, { follow: true });
    page = await page.form().submit({ password: PASSWORD }, { follow: true });
    expect([page.status, languageOf(page)]).toEqual([403, 'de']);
  });

  it('holds for signing out', async () => {
    const start = await browser.visit('/if/user/');
    const password = await start.form().submit({ uid_field: 'alice' }, { follow: true });
    await password.form().submit({ password: PASSWORD }, { follow: true });
    const asked = await browser.visit('/application/o/wiki/end-session/?ui_locales=de');
    expect(languageOf(asked)).toBe('de');
    expect(languageOf(await asked.form().submit({}, { follow: true }))).toBe('de');
  });
});
