import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import type { Page } from '../../support/page.ts';
import { PASSWORD, SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

let app: SignInApp;
beforeAll(async () => {
  app = await startSignIn(EMBEDDED);
});
afterAll(() => app.stop());

const send = (page: Page, body: Record<string, string>) =>
  page.form().submit({ ...page.form().fields, ...body });

describe('an empty form, or one of another stage (CVE-2026-49448)', () => {
  it.each([
    ['nothing', { uid_field: '' }],
    ['only spaces', { uid_field: '   ' }],
    ['the password of the next stage', { uid_field: '', stage: 'password', password: PASSWORD }],
    ['an answer to the consent', { uid_field: '', stage: 'consent', answer: 'accept' }],
    ['a stage that there is not', { stage: 'nonsense', uid_field: 'anna' }],
    ['a stage of another flow', { stage: 'administrator', uid_field: 'anna', password: PASSWORD }],
  ])('does not pass the name: %s', async (_, body) => {
    const browser = app.browser();
    await send(await browser.get(SIGN_IN), body);
    const page = await browser.get(SIGN_IN);
    expect(page.text('label')).toBe('Username or email');
    expect(await app.whoIs(browser)).toBeUndefined();
    expect(await app.deps.db.signInRequest.count()).toBe(0);
  });

  it.each([
    ['nothing', {}],
    ['an empty password', { password: '' }],
    ['another stage', { stage: 'consent', answer: 'accept' }],
    ['a stage that there is not', { stage: '' }],
    ['the proof itself', { methods: 'pwd', proof: '1', userId: '1', progress: '{"proof":{"userId":1}}' }],
  ])('does not pass the password: %s', async (_, body) => {
    const browser = app.browser();
    const second = await (await browser.get(SIGN_IN)).form().submit({ uid_field: 'anna' }, { follow: true });
    await send(second, body);
    const page = await browser.get(second.url.href);
    expect(page.text('label')).toBe('Password');
    expect(await app.whoIs(browser)).toBeUndefined();
    await app.deps.db.signInRequest.deleteMany();
  });

  it('does not pass the consent, and passes nothing when a field comes twice', async () => {
    const { id: applicationId } = await app.deps.db.application.create({
      data: { slug: 'wiki', name: 'Wiki' },
    });
    const browser = app.browser();
    const requirements = { consent: { scopes: ['openid'], clientName: 'Wiki' } };
    const address = await app.ask(browser, { applicationId, requirements });
    const page = await (await app.signIn(browser, 'anna', PASSWORD, address)).followRedirect();
    for (const body of [{}, { answer: '' }, { answer: 'yes' }, { answer: ['accept', 'accept'] }]) {
      expect((await page.form().submit(body)).status).toBe(400);
    }
    expect(await app.whoIs(browser)).toBeUndefined();
    expect(await app.deps.db.consent.count()).toBe(0);
  });
});
