import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EMBEDDED, everyBackend } from '../../support/backends.ts';
import { findFreePort } from '../../support/free-port.ts';
import { startGatelodge } from '../../support/gatelodge.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { holdLockouts, PASSWORD } from '../flow/signin-app.ts';
import { giveTotp, type Phone } from '../stage/authenticator-app.ts';
import { HOME, type MailboxApp, NEW_PASSWORD, RECOVERY, startMailbox } from './mailbox.ts';

everyBackend('a forgotten password', (backend) => {
  let app: MailboxApp;
  beforeAll(async () => {
    app = await startMailbox(backend);
  });
  beforeEach(() => app.deps.db.lockout.deleteMany());
  afterAll(() => app.stop());

  const passwords = { password: NEW_PASSWORD, password_repeat: NEW_PASSWORD };

  it('is replaced by following a link from the mailbox, and its person is signed in', async () => {
    const elsewhere = app.browser();
    await app.signIn(elsewhere, 'anna');
    const browser = app.browser();
    const sent = await app.ask('ANNA@example.test', browser);
    expect(sent.text('h1')).toBe('Look into your mailbox');
    expect(faultsOf(sent.body)).toEqual([]);

    const mail = await app.sink.take('Choose a new password');
    expect(mail).toMatchObject({ recipients: ['anna@example.test'], from: { name: 'Gatelodge' } });
    const link = /https:\S+/.exec(mail.text)?.[0] ?? '';
    expect(link).toMatch(
      /^https:\/\/auth\.example\.test\/if\/flow\/default-recovery-flow\/\?flow_token=[\w-]{43}$/,
    );
    expect(mail.html).toContain(`<a href="${link}"`);
    expect(mail.html).toContain('<html lang="en">');

    const opened = await app.browser().visit(link);
    expect(faultsOf(opened.body)).toEqual([]);
    const chooser = app.browser();
    const page = await (await chooser.visit(link)).form().submit({}, { follow: true });
    expect(page.text('h1')).toBe('Choose a new password');
    expect(page.url.search).not.toContain('flow_token');
    expect(faultsOf(page.body)).toEqual([]);
    const weak = await page.form().submit({ password: 'annaannaanna', password_repeat: 'annaannaanna' });
    expect([weak.status, weak.text('#field-password-error')]).toEqual([
      400,
      'This password is easy to guess. Add one or two words that do not belong together.',
    ]);
    const done = await page.form().submit(passwords, { follow: true });
    expect([done.url.pathname, done.text('.notice')]).toEqual([
      '/if/user/',
      'Your new password counts from now on. You are signed out everywhere else.',
    ]);
    expect(await app.whoIs(chooser)).toBe('anna');
    expect(await app.whoIs(elsewhere)).toBeUndefined();

    expect((await app.signIn(app.browser(), 'anna', PASSWORD)).status).toBe(400);
    expect((await app.signIn(app.browser(), 'anna', NEW_PASSWORD)).status).toBe(303);
    const told = await app.sink.take('Your password was changed');
    expect(told.text).not.toContain('http');
    const events = await app.deps.db.event.findMany({
      where: { userId: app.anna.id },
      orderBy: { createdAt: 'asc' },
    });
    const actions = events.map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['email_sent', 'password_set', 'login']));
    expect(JSON.stringify(events)).not.toContain(link.slice(-43));
  });

  it('asks for the second factor before the new password, and only then', async () => {
    const bea = await app.createPerson('bea');
    const phone: Phone = await giveTotp(app, bea.id);
    await app.ask('bea');
    const browser = app.browser();
    const link = await app.takeLink();
    const code = await (await browser.visit(link.href)).form().submit({}, { follow: true });
    expect(code.text('h1')).toBe('Enter the code');
    const page = await code.form('form.stack').submit({ code: phone.code() }, { follow: true });
    expect(page.text('h1')).toBe('Choose a new password');
    await page.form().submit(passwords, { follow: true });
    expect(await app.whoIs(browser)).toBe('bea');
    const [session] = await app.deps.sessions.list(bea.id);
    expect(session?.methods).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('lifts the lockout that guessing at the old one has caused', async () => {
    const cleo = await app.createPerson('cleo');
    for (let count = 0; count < 7; count++) await app.signIn(app.browser(), 'cleo', 'wrong');
    await holdLockouts(app);
    expect((await app.signIn(app.browser(), 'cleo')).status).toBe(400);
    await app.ask('cleo');
    const page = await (await app.browser().visit((await app.takeLink()).href))
      .form()
      .submit({}, { follow: true });
    await page.form().submit(passwords, { follow: true });
    expect((await app.signIn(app.browser(), 'cleo', NEW_PASSWORD)).status).toBe(303);
    expect(cleo.isActive).toBe(true);
  });

  it('is asked for from the page of the password', async () => {
    const browser = app.browser();
    const page = await browser.visit('/if/flow/default-authentication-flow/');
    const password = await page.form('form.stack').submit({ uid_field: 'anna' }, { follow: true });
    const recovery = await password.click(`a[href="${RECOVERY}"]`);
    expect(recovery.text('h1')).toBe('Forgot your password?');
    expect(faultsOf(recovery.body)).toEqual([]);
  });

  it('is written to in the language that its person has chosen', async () => {
    const dora = await app.createPerson('dora');
    await app.deps.db.user.update({
      where: { id: dora.id },
      data: { attributes: { settings: { locale: 'de' } } },
    });
    await app.ask('dora');
    expect((await app.sink.take('Wähle ein neues Passwort')).recipients).toEqual(['dora@example.test']);
  });

  it('leads home only', () => expect(HOME).toBe(app.deps.config.url));
});

describe('a forgotten password without a mail server', () => {
  it.each([
    ['GATELODGE_URL', { SMTP_URL: 'smtp://127.0.0.1:1' }],
    ['SMTP_URL', { GATELODGE_URL: 'http://auth.example.test' }],
  ])('says so when %s is missing', async (_name, environment) => {
    const listening = `127.0.0.1:${await findFreePort()}`;
    const gatelodge = await startGatelodge({
      ...EMBEDDED,
      environment: { ...environment, GATELODGE_LISTEN_HTTP: listening },
    });
    const page = await gatelodge.browser({ origin: `http://${listening}` }).visit(RECOVERY);
    expect(page.text()).toContain('This server does not send mails.');
    expect(page.document.querySelector('form.stack')).toBeNull();
    await gatelodge.stop();
  });
});
