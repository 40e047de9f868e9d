import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { giveTotp } from './authenticator-app.ts';

let app: SignInApp;
beforeAll(async () => {
  app = await startSignIn(EMBEDDED);
  await giveTotp(app, app.anna.id);
});
afterAll(() => app.stop());

describe('an empty form, or one of another stage (CVE-2026-49448)', () => {
  it.each([
    ['nothing', {}],
    ['an empty code', { code: '' }],
    ['spaces', { code: '   ' }],
    ['a code twice', { code: ['000000', '000000'] }],
    ['a recovery code that there is not', { stage: 'recovery-code', code: '' }],
    ['an answer without a passkey', { stage: 'passkey', response: '' }],
    ['an empty answer of a passkey', { stage: 'passkey', response: '{}' }],
    ['another stage', { stage: 'consent', answer: 'accept' }],
    ['setting up another factor', { stage: 'enrolment', enrolment: 'totp' }],
    ['the first code of another factor', { stage: 'totp-enrolment', code: '000000' }],
    ['a factor that there is not', { stage: 'second-factor', factor: 'none' }],
    ['the proof itself', { methods: 'mfa', proof: '1', progress: '{"proof":{"methods":["pwd","mfa"]}}' }],
  ])('does not pass the second factor: %s', async (_, body) => {
    const browser = app.browser();
    const page = await (await app.signIn(browser, 'anna')).followRedirect();
    await page.form().submit(body, { follow: true });
    expect(await app.whoIs(browser)).toBeUndefined();
    const again = await browser.get(page.url.href);
    expect(again.text('label')).toBe('Code');
    expect(await app.deps.db.totpDevice.count()).toBe(1);
  });
});
