import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { PASSWORD, SET_UP, SIGN_IN, SIGN_OUT, type SignInApp, startSignIn } from './signin-app.ts';

let app: SignInApp;
beforeAll(async () => {
  app = await startSignIn(EMBEDDED);
});
afterAll(() => app.stop());

const forged = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' };

describe('a form of another site', () => {
  it.each([SIGN_IN, SIGN_OUT, SET_UP])('is refused by %s, with a token of ours and without', async (path) => {
    const browser = app.browser();
    await app.signIn(browser, 'anna');
    const { _csrf } = (await browser.get(SIGN_OUT)).form().fields;
    for (const token of [undefined, String(_csrf)]) {
      const body = { uid_field: 'ben', ...(token && { _csrf: token }) };
      expect((await browser.post(path, body, { headers: forged })).status).toBe(403);
    }
    expect(await app.whoIs(browser)).toBe('anna');
  });

  it('signs nobody in as somebody else (login CSRF)', async () => {
    const browser = app.browser();
    const first = await browser.get(SIGN_IN);
    const second = await first.form().submit({ uid_field: 'anna' }, { follow: true });
    const answer = await second.form().submit({ password: PASSWORD }, { headers: forged });
    expect(answer.status).toBe(403);
    expect(await app.whoIs(browser)).toBeUndefined();
  });

  it('is refused without a token also where the browser tells nothing of its origin', async () => {
    const browser = app.browser();
    await app.signIn(browser, 'anna');
    expect((await browser.post(SIGN_OUT, {})).status).toBe(403);
    expect(await app.whoIs(browser)).toBe('anna');
  });
});
