// The host name of Gatelodge changes, and passkeys with it: they belong to the name that they were made for.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { replaceRecoveryCodes } from '../../../src/signin/stage/recovery-code/recovery-code.ts';
import { everyBackend } from '../../support/backends.ts';
import { ADMIN_PASSWORD } from '../../support/gatelodge.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { type SignInApp, startSignIn } from '../flow/signin-app.ts';

everyBackend('a passkey of another host name', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
    for (const { id: userId } of [app.anna, app.ben]) {
      await app.deps.db.webAuthnCredential.create({
        data: {
          userId,
          name: 'Laptop',
          credentialId: `key-of-${userId}`,
          publicKey: Buffer.from('00', 'hex'),
          rpId: 'old.home.test',
          isDiscoverable: true,
          isBackupEligible: true,
          isBackedUp: true,
          aaguid: '00000000-0000-0000-0000-000000000000',
        },
      });
    }
  });
  afterAll(() => app.stop());

  it('is not asked for, does not let its owner in without, and the page says what helps', async () => {
    const browser = app.browser();
    const page = await (await app.signIn(browser, 'ben')).followRedirect();
    expect(page.text('main')).toContain('only work at the address that they were made for');
    expect(faultsOf(page.body)).toEqual([]);
    expect(await app.whoIs(browser)).toBeUndefined();
  });

  it('is passed by with a recovery code, and its owner is told to make a new one', async () => {
    const [code = ''] = await replaceRecoveryCodes(app.deps.db, app.deps.changes, app.anna.id);
    const browser = app.browser();
    const page = await (await app.signIn(browser, 'anna')).followRedirect();
    expect(page.text('h1')).toBe('Use a recovery code');
    await page.form().submit({ code });
    const devices = await browser.visit('/if/user/devices/');
    expect(devices.text('main')).toContain('Made for old.home.test, so it does not work at localhost');
  });

  it('is reported to administrators, who can let its owner start anew', async () => {
    const admin = app.browser();
    await app.signIn(admin, 'akadmin', ADMIN_PASSWORD);
    const rules = await admin.visit('/if/admin/sign-in-rules/');
    expect(rules.text('.notice')).toContain('2 passkeys and security keys were made for old.home.test');
    expect(faultsOf(rules.body)).toEqual([]);
    const path = `/if/admin/users/${app.ben.id}/`;
    const page = await admin.visit(path);
    await page.form(`form[action="${path}remove-factors/"]`).submit({}, { follow: true });
    const ben = app.browser();
    await app.signIn(ben, 'ben');
    expect(await app.whoIs(ben)).toBe('ben');
  });
});
