import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { verifyTotp } from '../../../src/signin/stage/totp/totp.ts';
import { everyBackend } from '../../support/backends.ts';
import { type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { giveTotp } from './authenticator-app.ts';

everyBackend('a code of an authenticator app', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  afterAll(() => app.stop());

  it('is accepted once, and no older one after it', async () => {
    const { db, vault } = app.deps;
    const phone = await giveTotp(app, app.anna.id);
    const [present, next] = [phone.code(), phone.code(1)];
    expect(await verifyTotp(db, vault, app.anna.id, next)).toBe(true);
    expect(await verifyTotp(db, vault, app.anna.id, next)).toBe(false);
    expect(await verifyTotp(db, vault, app.anna.id, present)).toBe(false);
  });

  it('has exactly one winner when it is sent fifty times at once', async () => {
    const phone = await giveTotp(app, app.ben.id);
    const browsers = Array.from({ length: 50 }, () => app.browser());
    const pages = [];
    for (const browser of browsers) pages.push(await (await app.signIn(browser, 'ben')).followRedirect());
    const code = phone.code();
    await Promise.all(pages.map((page) => page.form().submit({ code })));
    const signedIn = await Promise.all(browsers.map((browser) => app.whoIs(browser)));
    expect(signedIn.filter((name) => name === 'ben')).toHaveLength(1);
  });
});
