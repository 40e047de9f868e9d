import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setMfaDemand } from '../../../src/identity/access/mfa-demand.ts';
import { setSignInRules } from '../../../src/identity/installation/sign-in-rule.ts';
import type { User } from '../../../src/identity/user/user.ts';
import { addEmailDevice } from '../../../src/signin/stage/email-code/email-device.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import type { Page } from '../../support/page.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { type MailboxApp, startMailbox } from '../recovery/mailbox.ts';
import { giveTotp } from './authenticator-app.ts';
import { codeIn, SUBJECT } from './mailed-code.ts';

everyBackend('signing in with a code by e-mail', (backend) => {
  let app: MailboxApp;
  let user: User;
  beforeAll(async () => {
    app = await startMailbox(backend);
  });
  beforeEach(async () => {
    user = await app.startAfresh();
  });
  afterAll(() => app.stop());

  const halfWay = async (browser: Browser): Promise<Page> =>
    (await app.signIn(browser, user.username)).followRedirect();

  it('mails the code after the password, and only the code starts a session', async () => {
    await addEmailDevice(app.deps.db, user.id, 'Mail');
    const browser = app.browser();
    const page = await halfWay(browser);
    expect([page.text('h1'), page.text('label'), faultsOf(page.body)]).toEqual([
      'Look into your mailbox',
      'Code',
      [],
    ]);
    expect(page.text('.muted')).toContain('r•••@example.test');
    const mail = await app.sink.take(SUBJECT);
    expect(mail.recipients).toEqual([user.email]);
    expect(mail.html).toContain(codeIn(mail));
    expect(await app.whoIs(browser)).toBeUndefined();

    const refused = await page.form().submit({ code: codeIn(mail) === '000000' ? '000001' : '000000' });
    expect([refused.status, refused.text('.errors')]).toEqual([400, expect.stringContaining('not right')]);
    await page.form().submit({ code: codeIn(mail) });
    expect(await app.whoIs(browser)).toBe(user.username);
    const [session] = await app.deps.sessions.list(user.id);
    expect(session?.methods).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('mails another on demand, and then only the newest counts', async () => {
    await addEmailDevice(app.deps.db, user.id, 'Mail');
    const browser = app.browser();
    const page = await halfWay(browser);
    const first = codeIn(await app.sink.take(SUBJECT));
    const again = await page.form('form:has([name=send])').submit({ send: 'again' }, { follow: true });
    const second = codeIn(await app.sink.take(SUBJECT));
    if (first !== second) expect((await again.form().submit({ code: first })).status).toBe(400);
    await again.form().submit({ code: second });
    expect(await app.whoIs(browser)).toBe(user.username);
  });

  it('asks for what was used last first, and for the other on demand', async () => {
    const phone = await giveTotp(app, user.id);
    await addEmailDevice(app.deps.db, user.id, 'Mail', new Date(Date.now() - 60_000));
    const browser = app.browser();
    const totp = await halfWay(browser);
    expect(totp.text('h1')).toBe('Enter the code');
    const choice = await totp.form('form:has([name=factor])').submit({ factor: 'another' }, { follow: true });
    expect(faultsOf(choice.body)).toEqual([]);
    const mailed = await choice.form().submit({ factor: 'email' }, { follow: true });
    await mailed.form().submit({ code: codeIn(await app.sink.take(SUBJECT)) });
    expect(await app.whoIs(browser)).toBe(user.username);
    const next = await halfWay(app.browser());
    expect(next.text('h1')).toBe('Look into your mailbox');
    expect(phone.secret).not.toBe('');
  });

  it('offers a button where nothing was mailed yet, and mails nothing for looking at the page', async () => {
    const browser = app.browser();
    await app.signIn(browser, user.username);
    await addEmailDevice(app.deps.db, user.id, 'Mail');
    await setMfaDemand(app.deps.db, app.deps.changes, 'everybody');
    const page = await browser.visit('/if/flow/default-authentication-flow/');
    await setMfaDemand(app.deps.db, app.deps.changes, 'nobody');
    expect(page.text('main')).toContain('We can mail a code');
    expect(await app.deps.db.emailCode.count({ where: { userId: user.id } })).toBe(0);
  });

  it('is set up inside the sign-in where a second factor is demanded, and gives recovery codes once', async () => {
    await setMfaDemand(app.deps.db, app.deps.changes, 'everybody');
    const browser = app.browser();
    const choice = await halfWay(browser);
    expect(choice.text('main')).toContain('Code by e-mail');
    const page = await choice.form().submit({ enrolment: 'email' }, { follow: true });
    expect(faultsOf(page.body)).toEqual([]);
    const code = codeIn(await app.sink.take(SUBJECT));
    const codes = await page.form().submit({ code }, { follow: true });
    expect([codes.text('h1'), faultsOf(codes.body)]).toEqual(['Put these codes by', []]);
    expect(codes.text('.recovery-codes code').split(' ')).toHaveLength(10);
    expect(codes.document.querySelector('a[download]')?.getAttribute('href')).toContain('data:text/plain');
    expect(await app.whoIs(browser)).toBeUndefined();
    await codes.form().submit();
    await setMfaDemand(app.deps.db, app.deps.changes, 'nobody');
    expect(await app.whoIs(browser)).toBe(user.username);
  });

  it('is not offered to whoever has no confirmed address, and not where the rules forbid it', async () => {
    await setMfaDemand(app.deps.db, app.deps.changes, 'everybody');
    await app.deps.db.user.update({ where: { id: user.id }, data: { emailVerified: false } });
    expect((await halfWay(app.browser())).text('main')).not.toContain('Code by e-mail');
    await app.deps.db.user.update({ where: { id: user.id }, data: { emailVerified: true } });
    await setSignInRules(app.deps.db, { areEmailCodesAllowed: false });
    expect((await halfWay(app.browser())).text('main')).not.toContain('Code by e-mail');
    await setSignInRules(app.deps.db, { areEmailCodesAllowed: true });
    expect((await halfWay(app.browser())).text('main')).toContain('Code by e-mail');
    await setMfaDemand(app.deps.db, app.deps.changes, 'nobody');
  });
});
