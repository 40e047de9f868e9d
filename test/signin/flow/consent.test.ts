import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  redeemSignInOutcome,
  type SignInOutcome,
  type SignInRequirements,
} from '../../../src/signin/session/sign-in-request.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import type { Page } from '../../support/page.ts';
import { PASSWORD, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('consent', (backend) => {
  let app: SignInApp;
  let applicationId: string;
  beforeAll(async () => {
    app = await startSignIn(backend);
    const application = { slug: 'wiki', name: 'Wiki' };
    ({ id: applicationId } = await app.deps.db.application.create({ data: application }));
  });
  beforeEach(() => app.deps.db.consent.deleteMany());
  afterAll(() => app.stop());

  const scopes = ['openid', 'email', 'wiki_admin', 'strange'];
  const consent = { scopes, clientName: 'Wiki', descriptions: { wiki_admin: 'whether you run the wiki' } };
  const ask = (browser: Browser, extra: Partial<NonNullable<SignInRequirements['consent']>> = {}) =>
    app.ask(browser, { applicationId, requirements: { consent: { ...consent, ...extra } } });

  /** Signs in, up to the page that asks for consent. */
  async function walkToConsent(browser: Browser): Promise<Page> {
    const answer = await app.signIn(browser, 'anna', PASSWORD, await ask(browser));
    return answer.followRedirect();
  }

  async function outcome(browser: Browser): Promise<SignInOutcome | undefined> {
    const token = (await browser.cookie('gatelodge_browser')) ?? '';
    return redeemSignInOutcome(app.deps.db, token, '/landing/');
  }

  it('is asked for after the password, with the name of the application and what it will see in words', async () => {
    const page = await walkToConsent(app.browser());
    expect(page.text('h1')).toBe('Continue to Wiki?');
    expect(page.document.querySelectorAll('li').map((item) => item.textContent.trim())).toEqual([
      'that it is you, by an identifier that stays the same',
      'your e-mail address',
      'whether you run the wiki',
      '“strange”',
    ]);
  });

  it('leaves nobody signed in while it is not answered', async () => {
    const browser = app.browser();
    await walkToConsent(browser);
    expect(await app.whoIs(browser)).toBeUndefined();
    expect(await outcome(browser)).toBeUndefined();
  });

  it('signs in and returns when it is given, and is not asked for again', async () => {
    const browser = app.browser();
    const answer = await (await walkToConsent(browser)).form().submit({ answer: 'accept' });
    expect(answer.headers.location).toBe('/landing/');
    expect(await app.whoIs(browser)).toBe('anna');
    expect(await outcome(browser)).toMatchObject({ userId: app.anna.id, consent: 'granted' });
    expect((await browser.get(await ask(browser))).headers.location).toBe('/landing/');
  });

  it('returns with the refusal recorded when it is declined, and is asked for the next time', async () => {
    const browser = app.browser();
    const answer = await (await walkToConsent(browser)).form().submit({ answer: 'decline' });
    expect(answer.headers.location).toBe('/landing/');
    expect(await outcome(browser)).toMatchObject({ userId: app.anna.id, consent: 'declined' });
    expect((await browser.get(await ask(browser))).text('h1')).toBe('Continue to Wiki?');
  });

  it('is redeemed once, and by nobody but the browser that gave it', async () => {
    const browser = app.browser();
    await (await walkToConsent(browser)).form().submit({ answer: 'accept' });
    expect(await outcome(app.browser())).toBeUndefined();
    const redeemed = await Promise.all(Array.from({ length: 5 }, () => outcome(browser)));
    expect(redeemed.filter(Boolean)).toHaveLength(1);
  });

  it('is asked for again when the application wants more, or insists', async () => {
    const browser = app.browser();
    await (await walkToConsent(browser)).form().submit({ answer: 'accept' });
    for (const extra of [{ scopes: [...scopes, 'groups'] }, { mustAsk: true }]) {
      expect((await browser.get(await ask(browser, extra))).status).toBe(200);
    }
  });
});
