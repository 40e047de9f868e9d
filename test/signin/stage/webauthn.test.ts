import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { type Chromium, hasChromium, startChromium } from '../../support/chromium.ts';
import { SIGN_IN, type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { addKey, type KeyHolder, typePassword, visitWithKey } from './passkeys.ts';

const whenInstalled = hasChromium || process.env.CI ? describe : describe.skip;

whenInstalled('passkeys and security keys, in Chromium', () => {
  let app: SignInApp;
  let chromium: Chromium;
  let anna: KeyHolder;
  let origin: string;
  beforeAll(async () => {
    app = await startSignIn(EMBEDDED);
    // Browsers know passkeys for names only, never for bare addresses.
    origin = `http://localhost:${new URL(app.origin).port}`;
    chromium = await startChromium({ localhost: '127.0.0.1' });
    anna = await visitWithKey(chromium);
  }, 30_000);
  afterAll(async () => {
    await chromium.close();
    await app.stop();
  });

  const isSignedIn = async () =>
    (await anna.page.request.get(`${origin}/api/v3/core/users/me/`)).status() === 200;
  const signOut = () => anna.page.context().clearCookies();
  /** With the button, in a browser that makes no offer in the field: the authenticator would answer that at once. */
  const pressPasskey = async () => {
    await anna.page.addInitScript(
      'PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);',
    );
    await anna.page.goto(`${origin}${SIGN_IN}`);
    await anna.page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  };
  const lastEvent = () => app.deps.db.event.findFirst({ orderBy: { createdAt: 'desc' } });

  it('are added on the device page, under a name', async () => {
    await typePassword(anna, origin, 'anna');
    await addKey(anna, origin, "Anna's phone");
    const [credential] = await app.deps.db.webAuthnCredential.findMany();
    expect(credential).toMatchObject({
      userId: app.anna.id,
      name: "Anna's phone",
      rpId: 'localhost',
      isDiscoverable: true,
    });
    expect(anna.faults).toEqual([]);
  });

  it('are the second factor after the password', async () => {
    await signOut();
    await typePassword(anna, origin, 'anna');
    await anna.page.getByRole('heading', { name: 'Use your passkey or security key' }).waitFor();
    expect(await isSignedIn()).toBe(false);
    await anna.page.getByRole('button', { name: 'Use passkey or security key' }).click();
    await anna.page.waitForURL(`${origin}/if/user/`);
    const [session] = await app.deps.sessions.list(app.anna.id);
    expect(session?.methods).toEqual(['pwd', 'hwk', 'mfa']);
  });

  it('sign in alone, without a name or a password, offered by the browser in the field', async () => {
    await signOut();
    await anna.page.goto(`${origin}${SIGN_IN}`);
    await anna.page.waitForURL(`${origin}/if/user/`);
    const [session] = await app.deps.sessions.list(app.anna.id);
    expect(session?.methods).toEqual(['hwk', 'mfa']);
    expect(anna.faults).toEqual([]);
  });

  it('are refused alone when they do not recognise their owner, and say so', async () => {
    await signOut();
    await anna.authenticator.recognise(false);
    await pressPasskey();
    await anna.page.getByText('That did not work, or was cancelled').waitFor();
    expect(await isSignedIn()).toBe(false);
    await anna.authenticator.recognise(true);
  });

  it('are refused when there are two of one: the counter has not grown', async () => {
    await signOut();
    const [key] = await anna.authenticator.credentials();
    await anna.authenticator.rewind((key?.signCount ?? 0) - 1);
    await typePassword(anna, origin, 'anna');
    await anna.page.getByRole('button', { name: 'Use passkey or security key' }).click();
    await anna.page.getByText('This key was not accepted').first().waitFor();
    expect(await isSignedIn()).toBe(false);
    expect(await lastEvent()).toMatchObject({ action: 'suspicious_request', userId: app.anna.id });
  });

  it('sign nobody in after they were removed', async () => {
    await signOut();
    await app.deps.db.webAuthnCredential.updateMany({ data: { credentialId: 'somebody-elses' } });
    await pressPasskey();
    await anna.page.getByText('This passkey was not accepted').first().waitFor();
    expect(await isSignedIn()).toBe(false);
    await app.deps.db.webAuthnCredential.deleteMany();
    await anna.page.goto(`${origin}${SIGN_IN}`);
    expect(await anna.page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0);
  });
});
