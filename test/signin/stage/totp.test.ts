import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { codeOf, giveTotp, type Phone } from './authenticator-app.ts';

everyBackend('signing in with an authenticator app', (backend) => {
  let app: SignInApp;
  let phone: Phone;
  beforeAll(async () => {
    app = await startSignIn(backend);
    phone = await giveTotp(app, app.anna.id);
  });
  afterAll(() => app.stop());

  const halfWay = async (browser: Browser) => (await app.signIn(browser, 'anna')).followRedirect();

  it('asks for the code after the password, and only then starts a session', async () => {
    const browser = app.browser();
    const page = await halfWay(browser);
    expect(page.text('label')).toBe('Code');
    expect(faultsOf(page.body)).toEqual([]);
    expect(await app.whoIs(browser)).toBeUndefined();

    await page.form().submit({ code: phone.code() });
    expect(await app.whoIs(browser)).toBe('anna');
    const [session] = await app.deps.sessions.list(app.anna.id);
    expect(session?.methods).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('says what is wrong with a code, and records it', async () => {
    const page = await halfWay(app.browser());
    const refused = await page.form().submit({ code: '000000' });
    expect(refused.status).toBe(400);
    expect(refused.text('.errors')).toContain('That code is not right');
    const event = await app.deps.db.event.findFirst({ orderBy: { createdAt: 'desc' } });
    expect(event).toMatchObject({ action: 'login_failed', source: 'signin.totp', username: 'anna' });
    expect(JSON.stringify(event)).not.toContain('000000');
  });

  it('takes a code with a space in it, one step ahead of our clock', async () => {
    const browser = app.browser();
    const page = await halfWay(browser);
    const code = phone.code(1);
    await page.form().submit({ code: `${code.slice(0, 3)} ${code.slice(3)}` });
    expect(await app.whoIs(browser)).toBe('anna');
  });

  it('takes no code of two steps ahead or behind', async () => {
    const { secret } = await giveTotp(app, app.ben.id);
    for (const seconds of [-61, 61]) {
      const browser = app.browser();
      const page = await (await app.signIn(browser, 'ben')).followRedirect();
      expect((await page.form().submit({ code: codeOf(secret, seconds) })).status).toBe(400);
      expect(await app.whoIs(browser)).toBeUndefined();
    }
  });

  it('keeps the secret sealed', async () => {
    const devices = await app.deps.db.totpDevice.findMany();
    for (const { secretSealed } of devices) expect(secretSealed).not.toContain(phone.secret);
  });
});
