import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiOf, createOidcApplication } from '../../support/api-client.ts';
import { EMBEDDED } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { API_TOKEN } from '../../support/gatelodge.ts';
import { PASSWORD, SIGN_IN, type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { giveTotp, type Phone } from './authenticator-app.ts';

const CALLBACK = 'https://wiki.example.com/callback';
const AUTHORIZE = `/application/o/authorize/?${new URLSearchParams({
  client_id: 'wiki',
  redirect_uri: CALLBACK,
  response_type: 'code',
  scope: 'openid',
  state: 's',
})}`;

let app: SignInApp;
let phone: Phone;
beforeAll(async () => {
  app = await startSignIn(EMBEDDED);
  phone = await giveTotp(app, app.anna.id);
  await createOidcApplication(apiOf(app.origin, API_TOKEN), {
    name: 'Wiki',
    slug: 'wiki',
    clientId: 'wiki',
    clientSecret: 'a-client-secret-of-the-wiki',
    redirectUris: [CALLBACK],
  });
});
afterAll(() => app.stop());

/** Where a browser stands after the redirects within our origin. */
async function endOf(browser: Browser, address: string): Promise<string> {
  let page = await browser.get(address);
  while (page.location?.origin === app.origin) page = await page.followRedirect();
  return page.location?.href ?? page.url.pathname;
}

describe('a sign-in that stopped before the second factor', () => {
  it('is no session: not for a client, not for the portal, not for the API', async () => {
    const browser = app.browser();
    await app.signIn(browser, 'anna');
    expect(await endOf(browser, AUTHORIZE)).toBe(SIGN_IN);
    expect(await endOf(browser, '/if/user/')).toBe(SIGN_IN);
    expect(await app.whoIs(browser)).toBeUndefined();
    expect(await app.deps.sessions.list(app.anna.id)).toEqual([]);
  });

  it('is none either when it began at the client, and goes on to the client once the code is given', async () => {
    const browser = app.browser();
    const identification = await browser.visit(AUTHORIZE);
    const password = await identification.form().submit({ uid_field: 'anna' }, { follow: true });
    const code = await password.form().submit({ password: PASSWORD }, { follow: true });
    expect(code.text('label')).toBe('Code');
    expect(await endOf(browser, AUTHORIZE)).toBe(SIGN_IN);

    const done = await code.form().submit({ code: phone.code() });
    expect(await endOf(browser, done.location?.href ?? '')).toContain(`${CALLBACK}?code=`);
  });
});
