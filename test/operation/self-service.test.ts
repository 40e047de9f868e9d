import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { recordEvent } from '../../src/identity/event/event.ts';
import { hashPassword } from '../../src/identity/user/password.ts';
import type { User } from '../../src/identity/user/user.ts';
import { holdLockouts, PASSWORD } from '../signin/flow/signin-app.ts';
import { type MailboxApp, NEW_PASSWORD, startMailbox } from '../signin/recovery/mailbox.ts';
import { everyBackend } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { linkIn } from '../support/mail-sink.ts';
import { faultsOf } from '../support/page-faults.ts';
import { submitAt } from './household.ts';

everyBackend('self-service', (backend) => {
  let app: MailboxApp;
  let user: User;
  let browser: Browser;
  beforeAll(async () => {
    app = await startMailbox(backend);
  });
  beforeEach(async () => {
    user = await app.startAfresh();
    browser = app.browser();
    await app.signIn(browser, user.username);
  });
  afterAll(() => app.stop());

  const row = () => app.deps.db.user.findUniqueOrThrow({ where: { id: user.id } });
  /** As if the sign-in had been a while ago. */
  async function letTimePass(): Promise<void> {
    const [session] = await app.deps.sessions.list(user.id);
    if (!session) throw new Error('nobody is signed in');
    const authenticatedAt = new Date(Date.now() - 11 * 60_000);
    const proof = { methods: session.methods, isPersistent: session.isPersistent, authenticatedAt };
    const client = { address: session.clientAddress, userAgent: session.userAgent };
    const renewed = await app.deps.sessions.renew(session, client, proof);
    await browser.cookies.setCookie(
      `gatelodge_session=${renewed?.token}; Path=/; Secure`,
      'https://auth.example.test',
    );
  }

  it.each(['profile', 'password', 'sessions', 'tokens', 'tokens/create', 'activity', 'profile/email'])(
    'has a sound page /if/user/%s/',
    async (path) => {
      const page = await browser.visit(`/if/user/${path}/`);
      expect([page.status, page.url.pathname, faultsOf(page.body)]).toEqual([200, `/if/user/${path}/`, []]);
    },
  );

  it('keeps name, language and colours, and shows pages in them', async () => {
    const typed = { name: 'Mia', language: 'en', theme: 'dark' };
    const saved = await submitAt(browser, '/if/user/profile/', typed);
    expect(saved.text('.notice')).toBe('Saved.');
    expect(saved.body).toContain('<html lang="en" data-theme="dark">');
    expect(await row()).toMatchObject({
      name: 'Mia',
      attributes: { settings: { locale: 'en', theme: { base: 'dark' } } },
    });
    await submitAt(browser, '/if/user/profile/', { ...typed, language: '', theme: '' });
    expect((await row()).attributes).toEqual({ settings: {} });
  });

  it('changes no other attribute, and takes no field that is not asked for', async () => {
    await app.deps.db.user.update({ where: { id: user.id }, data: { attributes: { quota: 5 } } });
    const more = { attributes: '{"quota":9}', username: 'akadmin', email: 'x@example.test', is_active: '' };
    await submitAt(browser, '/if/user/profile/', { name: 'Mia', language: '', theme: 'light', ...more });
    expect(await row()).toMatchObject({
      username: user.username,
      email: user.email,
      attributes: { quota: 5, settings: { theme: { base: 'light' } } },
    });
  });

  it('changes the e-mail address once the link to the new one is followed, and tells the old one', async () => {
    const sent = await submitAt(browser, '/if/user/profile/email/', { email: `new-${user.id}@example.test` });
    expect(sent.text('.notice')).toContain('Look into the mailbox of the new address.');
    expect((await row()).email).toBe(user.email);
    const mail = await app.sink.take('Confirm your e-mail address');
    expect(mail.recipients).toEqual([`new-${user.id}@example.test`]);
    await (await app.browser().visit(linkIn(mail).href)).form().submit({});
    expect(await row()).toMatchObject({ email: `new-${user.id}@example.test`, emailVerified: true });
    expect((await app.sink.take('Your e-mail address was changed')).recipients).toEqual([user.email]);
  });

  it('changes the password for who knows the old one, and ends all other sessions', async () => {
    const elsewhere = app.browser();
    await app.signIn(elsewhere, user.username);
    const wrong = await submitAt(browser, '/if/user/password/', {
      old_password: 'not it',
      password: NEW_PASSWORD,
      password_repeat: NEW_PASSWORD,
    });
    expect([wrong.status, wrong.text('#field-old_password-error')]).toEqual([
      400,
      'That is not your present password.',
    ]);
    const typed = { old_password: PASSWORD, password: NEW_PASSWORD, password_repeat: NEW_PASSWORD };
    const done = await submitAt(browser, '/if/user/password/', typed);
    expect(done.text('.notice')).toContain('Your new password counts from now on.');
    expect([await app.whoIs(browser), await app.whoIs(elsewhere)]).toEqual([user.username, undefined]);
    expect((await app.sink.take('Your password was changed')).recipients).toEqual([user.email]);
    expect((await app.signIn(app.browser(), user.username, NEW_PASSWORD)).status).toBe(303);
  });

  it('counts wrong old passwords like any other guess', async () => {
    const typed = { password: NEW_PASSWORD, password_repeat: NEW_PASSWORD };
    for (let guess = 0; guess < 6; guess++)
      await submitAt(browser, '/if/user/password/', { ...typed, old_password: `guess ${guess}` });
    await holdLockouts(app);
    const late = await submitAt(browser, '/if/user/password/', { ...typed, old_password: PASSWORD });
    expect(late.text('#field-old_password-error')).toContain('too many wrong passwords');
  });

  it.each(['/if/user/password/', '/if/user/profile/email/', '/if/user/tokens/create/'])(
    'asks who was signed in for long to prove it again before %s',
    async (path) => {
      await letTimePass();
      const asked = await browser.get(path);
      expect([asked.status, asked.location?.pathname, asked.location?.searchParams.get('again')]).toEqual([
        303,
        '/if/flow/default-authentication-flow/',
        '1',
      ]);
    },
  );

  it('makes app passwords that are shown once and can be taken back', async () => {
    const page = await browser.visit('/if/user/tokens/create/');
    const form = page.form('form[aria-labelledby="app_password"]');
    const shown = await form.submit({ description: 'Mail program' });
    expect([shown.status, faultsOf(shown.body)]).toEqual([200, []]);
    const key = shown.document.querySelectorAll('.copy code').at(-1)?.textContent ?? '';
    expect(key).toMatch(/^[\w-]{60}$/);
    const list = await browser.visit('/if/user/tokens/');
    expect(list.text('main')).toContain('Mail program');
    expect(list.body).not.toContain(key);
    const token = await app.deps.db.token.findFirstOrThrow({ where: { userId: user.id } });
    expect(token).toMatchObject({ intent: 'app_password', keySealed: null });
    await list.form('form[action$="/delete/"]').submit({}, { follow: true });
    expect(await app.deps.db.token.count({ where: { userId: user.id } })).toBe(0);
  });

  it('lets nobody make what only administrators may, or take back what is not theirs', async () => {
    const page = await browser.visit('/if/user/tokens/create/');
    const long = await page.form('form[aria-labelledby="api"]').submit({ description: 'x', days: '90' });
    const strange = await page.form('main form').submit({ description: 'x', intent: 'recovery' });
    expect([long.status, strange.status]).toEqual([400, 400]);
    const list = await browser.visit('/if/user/tokens/create/');
    const csrf = list.form('main form').fields._csrf ?? '';
    await browser.post(
      '/if/user/tokens/gatelodge-bootstrap-token/delete/',
      { _csrf: csrf },
      {
        headers: { origin: 'https://auth.example.test' },
      },
    );
    expect(await app.deps.db.token.count({ where: { identifier: 'gatelodge-bootstrap-token' } })).toBe(1);
  });

  it('shows what happened to the account', async () => {
    await app.signIn(app.browser(), user.username, 'wrong');
    const page = await browser.visit('/if/user/activity/');
    expect(page.text('main')).toMatch(/Failed to sign in failed .* Signed in/);
  });

  it('names the second factor that an event was about', async () => {
    const context = { device: 'Blue phone', model: { model_name: 'user', pk: user.id } };
    await recordEvent(app.deps.db, { action: 'model_deleted', source: 'test', username: 'akadmin', context });
    const page = await browser.visit('/if/user/activity/');
    expect([page.text('main ul'), faultsOf(page.body)]).toEqual([
      expect.stringMatching(/Deleted: Blue phone.*by akadmin/),
      [],
    ]);
  });

  it('signs out everywhere, here too', async () => {
    const elsewhere = app.browser();
    await app.signIn(elsewhere, user.username);
    await submitAt(browser, '/if/user/sessions/', {}, '/if/user/sessions/end-all/');
    expect([await app.whoIs(browser), await app.whoIs(elsewhere)]).toEqual([undefined, undefined]);
  });

  it('mails the owner about a sign-in with a browser that they have not used before, and only then', async () => {
    await app.signIn(app.browser(), user.username);
    const mail = await app.sink.take('New sign-in to your account');
    expect([mail.recipients, linkIn(mail).href]).toEqual([
      [user.email],
      'https://auth.example.test/if/user/sessions/',
    ]);
    app.sink.received.length = 0;
    await browser.post('/if/user/sessions/end-all/', {});
    await browser.cookies.setCookie(
      'gatelodge_session=; Path=/; Max-Age=0; Secure',
      'https://auth.example.test',
    );
    expect((await app.signIn(browser, user.username)).status).toBe(303);
    await app.deps.post.close();
    expect(app.sink.received).toEqual([]);
  });

  it('asks whoever has no password yet for no old one', async () => {
    await app.deps.db.user.update({ where: { id: user.id }, data: { passwordHash: null } });
    const page = await browser.visit('/if/user/password/');
    expect(page.document.querySelector('[name="old_password"]')).toBeNull();
    expect(await hashPassword(app.deps.passwords, PASSWORD)).toMatch(/^\$argon2id/);
  });
});
