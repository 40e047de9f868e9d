import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { PASSWORD, SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

let app: SignInApp;
beforeAll(async () => {
  app = await startSignIn(EMBEDDED);
});
afterAll(() => app.stop());

describe('next=', () => {
  it.each([
    '//evil.test',
    '/\\evil.test',
    '/%5Cevil.test/..//evil.test',
    '/x/..//evil.test',
    '/\t/evil.test',
    'https://evil.test/',
    'javascript:alert(1)',
    `/${'x'.repeat(5000)}`,
  ])('%j leads nowhere but home, before and after signing in', async (next) => {
    const browser = app.browser();
    const at = `${SIGN_IN}?next=${encodeURIComponent(next)}`;
    const answer = await app.signIn(browser, 'anna', PASSWORD, at);
    expect(answer.location?.origin).toBe(app.origin);
    const again = await browser.get(at);
    expect([again.status, again.location?.origin]).toEqual([303, app.origin]);
  });
});
