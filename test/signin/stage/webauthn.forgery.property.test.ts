import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { EMBEDDED } from '../../support/backends.ts';
import { type Chromium, hasChromium, startChromium } from '../../support/chromium.ts';
import { SIGN_IN, type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { addKey, type KeyHolder, typePassword, visitWithKey } from './passkeys.ts';

const whenInstalled = hasChromium || process.env.CI ? describe : describe.skip;
type Options = Record<string, unknown> & { rpId: string };

whenInstalled('an answer of a passkey that should not count', () => {
  let app: SignInApp;
  let chromium: Chromium;
  let anna: KeyHolder;
  let port: string;
  let origin: string;
  beforeAll(async () => {
    app = await startSignIn(EMBEDDED);
    ({ port } = new URL(app.origin));
    origin = `http://localhost:${port}`;
    chromium = await startChromium({ localhost: '127.0.0.1', 'phisher.localhost': '127.0.0.1' });
    anna = await visitWithKey(chromium);
    await typePassword(anna, origin, 'anna');
    await addKey(anna, origin, 'Phone');
    await anna.authenticator.touch(false);
  }, 30_000);
  afterAll(async () => {
    await chromium.close();
    await app.stop();
  });

  /** Opens a sign-in page without a session; what it would give to the passkey. */
  const open = async (at = `${origin}${SIGN_IN}`): Promise<Options> => {
    await anna.page.context().clearCookies();
    await anna.page.goto(at);
    return JSON.parse((await formOf(anna.page).getAttribute('data-options')) ?? '');
  };
  /** Asks the passkey behind the page's back. */
  const ask = async (options: Options): Promise<string> => {
    await anna.authenticator.touch(true);
    const asking =
      'async (optionsJSON) => JSON.stringify(await SimpleWebAuthnBrowser.startAuthentication({ optionsJSON }))';
    const answer = await anna.page.evaluate<string>(`(${asking})(${JSON.stringify(options)})`);
    await anna.authenticator.touch(false);
    return answer;
  };
  /** Sends it with the page's form, and says whether anybody is signed in then. */
  const send = async (answer: string): Promise<boolean> => {
    const answered = anna.page.waitForEvent('load');
    const [field, value] = [
      "document.querySelector('form[data-webauthn] [name=response]')",
      JSON.stringify(answer),
    ];
    await anna.page.evaluate(`${field}.value = ${value}; ${field}.form.submit();`);
    await answered;
    return (await anna.page.request.get(`${origin}/api/v3/core/users/me/`)).status() === 200;
  };

  it('counts when nothing is wrong with it, and never again', async () => {
    const answer = await ask(await open());
    expect(await send(answer)).toBe(true);
    // Not the counter shall refuse it, as it would too.
    await app.deps.db.webAuthnCredential.updateMany({ data: { counter: 0 } });
    await open();
    expect(await send(answer)).toBe(false);
  });

  it('does not count for another sign-in request', async () => {
    const request = async () => {
      const cookie = { name: 'gatelodge_browser', value: 'b'.repeat(43), url: origin };
      const browser = app.browser();
      const address = await app.ask(browser, {});
      return { cookie, address: `${origin}${address}` };
    };
    const [first, second] = [await request(), await request()];
    await open();
    await anna.page.context().addCookies([first.cookie]);
    await anna.page.goto(first.address);
    const options: Options = JSON.parse((await formOf(anna.page).getAttribute('data-options')) ?? '');
    const answer = await ask(options);
    await anna.page.goto(second.address);
    expect(await send(answer)).toBe(false);
  });

  it('does not count without the word of the passkey that it recognised its owner', async () => {
    const options = await open();
    await anna.authenticator.recognise(false);
    const answer = await ask({ ...options, userVerification: 'discouraged' });
    await anna.authenticator.recognise(true);
    expect(await send(answer)).toBe(false);
  });

  it('does not count when it was given to another site that passes our challenge on', async () => {
    const options = await open();
    const [key] = await anna.authenticator.credentials();
    if (!key) throw new Error('There is no key');
    const phishing = `http://phisher.localhost:${port}${SIGN_IN}`;
    await anna.authenticator.add({
      ...key,
      credentialId: `${key.credentialId.slice(0, -4)}AAA=`,
      rpId: 'phisher.localhost',
    });
    await anna.page.goto(phishing);
    await anna.page.addScriptTag({ url: '/assets/simplewebauthn.js' });
    const answer = await ask({ ...options, rpId: 'phisher.localhost' });
    await open();
    const stolen = { ...JSON.parse(answer), id: idOf(key.credentialId), rawId: idOf(key.credentialId) };
    expect(await send(JSON.stringify(stolen))).toBe(false);
    const event = await app.deps.db.event.findFirst({ orderBy: { createdAt: 'desc' } });
    expect(event).toMatchObject({ action: 'login_failed', source: 'signin.passkey', userId: app.anna.id });
  });
});

function formOf(page: Page) {
  return page.locator('form[data-webauthn]');
}

/** base64 as CDP has it, in base64url as WebAuthn does. */
function idOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64url');
}
