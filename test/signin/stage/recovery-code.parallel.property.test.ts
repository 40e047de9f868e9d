import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  countRecoveryCodes,
  redeemRecoveryCode,
  replaceRecoveryCodes,
} from '../../../src/signin/stage/recovery-code/recovery-code.ts';
import { everyBackend } from '../../support/backends.ts';
import { type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { giveTotp } from './authenticator-app.ts';

everyBackend('a recovery code', (backend) => {
  let app: SignInApp;
  let codes: string[];
  beforeAll(async () => {
    app = await startSignIn(backend);
    await giveTotp(app, app.anna.id);
    codes = await replaceRecoveryCodes(app.deps.db, app.deps.changes, app.anna.id);
  });
  afterAll(() => app.stop());

  it('signs in in place of the second factor, also when it was copied by hand', async () => {
    const browser = app.browser();
    const totp = await (await app.signIn(browser, 'anna')).followRedirect();
    const choice = await totp
      .form('form:has(button[name=factor])')
      .submit({ factor: 'another' }, { follow: true });
    expect(
      choice.document.querySelectorAll('button[name=factor]').map((each) => each.getAttribute('value')),
    ).toEqual(['totp', 'recovery-code']);
    const page = await choice.form().submit({ factor: 'recovery-code' }, { follow: true });
    const byHand =
      codes[0]?.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l') ?? '';
    await page.form().submit({ code: byHand });
    expect(await app.whoIs(browser)).toBe('anna');
    expect(await countRecoveryCodes(app.deps.db, app.anna.id)).toBe(9);
    const event = await app.deps.db.event.findFirst({ where: { source: 'signin.recovery-code' } });
    expect(event?.context).toMatchObject({ left: 9 });
  });

  it('has exactly one winner when it is sent fifty times at once', async () => {
    const attempts = Array.from({ length: 50 }, () =>
      redeemRecoveryCode(app.deps.db, app.anna.id, codes[1] ?? ''),
    );
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
  });

  it("opens nobody else's account, and nothing after a new set was made", async () => {
    const { db, changes } = app.deps;
    expect(await redeemRecoveryCode(db, app.ben.id, codes[2] ?? '')).toBe(false);
    await replaceRecoveryCodes(db, changes, app.anna.id);
    expect(await redeemRecoveryCode(db, app.anna.id, codes[2] ?? '')).toBe(false);
  });
});
