import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runGatelodge } from '../../operation/cli/gatelodge-command.ts';
import { EMBEDDED, everyBackend } from '../../support/backends.ts';
import { ADMIN_PASSWORD } from '../../support/gatelodge.ts';
import { linkIn } from '../../support/mail-sink.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { holdLockouts } from '../flow/signin-app.ts';
import { giveTotp } from '../stage/authenticator-app.ts';
import { HOME, type MailboxApp, NEW_PASSWORD, startMailbox } from './mailbox.ts';

const passwords = { password: NEW_PASSWORD, password_repeat: NEW_PASSWORD };

everyBackend('an administrator who helps somebody sign in', (backend) => {
  let app: MailboxApp;
  beforeAll(async () => {
    app = await startMailbox(backend);
  });
  beforeEach(() => app.deps.db.lockout.deleteMany());
  afterAll(() => app.stop());

  async function helpPage() {
    const admin = app.browser();
    await app.signIn(admin, 'akadmin', ADMIN_PASSWORD);
    return admin.visit(`/if/admin/users/${app.anna.id}/recovery/`);
  }

  it('makes a link that is shown once, with a QR code', async () => {
    const page = await helpPage();
    expect(faultsOf(page.body)).toEqual([]);
    const shown = await page.form('form[action$="/link/"]').submit();
    expect(faultsOf(shown.body)).toEqual([]);
    expect(shown.document.querySelector('svg.qr')).not.toBeNull();
    const browser = app.browser();
    const chosen = await (await browser.visit(shown.text('.copy code'))).form().submit({}, { follow: true });
    await chosen.form().submit(passwords, { follow: true });
    expect(await app.whoIs(browser)).toBe('anna');
  });

  it('mails the link', async () => {
    const page = await helpPage();
    await page.form('form[action$="/mail/"]').submit({}, { follow: true });
    const mail = await app.sink.take('Choose a new password');
    expect([mail.recipients, linkIn(mail).origin]).toEqual([['anna@example.test'], HOME]);
  });

  it('lets a locked-out person try again', async () => {
    for (let count = 0; count < 7; count++) await app.signIn(app.browser(), 'anna', 'wrong');
    await holdLockouts(app);
    expect((await app.signIn(app.browser(), 'anna', NEW_PASSWORD)).status).toBe(400);
    const done = await (await helpPage()).form('form[action$="/unlock/"]').submit({}, { follow: true });
    expect(done.text('.notice')).toBe('They can try again now.');
    expect((await app.signIn(app.browser(), 'anna', NEW_PASSWORD)).status).toBe(303);
  });

  it('lets them try again through the API too', async () => {
    for (let count = 0; count < 7; count++) await app.signIn(app.browser(), 'anna', 'wrong');
    await holdLockouts(app);
    expect((await app.signIn(app.browser(), 'anna', NEW_PASSWORD)).status).toBe(400);
    const anna = app.browser();
    const unlock = `/core/users/${app.anna.id}/unlock/`;
    expect((await anna.post(`/api/v3${unlock}`, '{}')).status).toBe(403);
    expect((await app.api('POST', unlock, {})).status).toBe(204);
    expect((await app.signIn(anna, 'anna', NEW_PASSWORD)).status).toBe(303);
  });

  it('does both through the API as authentik has it', async () => {
    const { id } = app.anna;
    const made = await app.api<{ link: string }>('POST', `/core/users/${id}/recovery/`, {});
    expect([made.status, new URL(made.body.link).origin]).toEqual([200, HOME]);
    const mailed = await app.api('POST', `/core/users/${id}/recovery_email/`, {
      email_stage: crypto.randomUUID(),
    });
    expect(mailed.status).toBe(204);
    expect(linkIn(await app.sink.take('Choose a new password')).origin).toBe(HOME);
    const anna = app.browser();
    expect((await anna.post(`/api/v3/core/users/${id}/recovery/`, '{}')).status).toBe(403);
  });
});

describe('gatelodge user recovery-link', () => {
  it('lets a locked-out administrator in from the shell, without mail and without the lost second factor', async () => {
    const app = await startMailbox(EMBEDDED);
    const admin = await app.deps.db.user.findFirstOrThrow({ where: { username: 'akadmin' } });
    await giveTotp(app, admin.id);
    for (let count = 0; count < 7; count++) await app.signIn(app.browser(), 'akadmin', 'wrong');
    const argv = ['user', 'recovery-link', 'akadmin', '--remove-second-factors'];
    const { exit, out } = await runGatelodge(app.environment, argv);
    expect([exit, out.startsWith(`${HOME}/if/flow/default-recovery-flow/?flow_token=`)]).toEqual([0, true]);
    const browser = app.browser();
    const page = await (await browser.visit(out.trim())).form().submit({}, { follow: true });
    await page.form().submit(passwords, { follow: true });
    expect(await app.whoIs(browser)).toBe('akadmin');
    await app.stop();
  });
});

describe('gatelodge user unlock and remove-factors', () => {
  it('let somebody in who was locked out and has lost the phone, while the server runs', async () => {
    const app = await startMailbox(EMBEDDED);
    await giveTotp(app, app.anna.id);
    for (let count = 0; count < 7; count++) await app.signIn(app.browser(), 'anna', 'wrong');
    await holdLockouts(app);
    const browser = app.browser();
    expect((await app.signIn(browser, 'anna')).status).toBe(400);
    const unlocked = await runGatelodge(app.environment, ['user', 'unlock', 'anna']);
    expect([unlocked.exit, unlocked.out]).toEqual([0, 'anna can try again now.\n']);
    await app.signIn(browser, 'anna');
    expect(await app.whoIs(browser)).toBeUndefined();
    const removed = await runGatelodge(app.environment, ['user', 'remove-factors', 'anna']);
    expect([removed.exit, removed.out]).toEqual([
      0,
      expect.stringContaining('Removed 1 second factors of anna.'),
    ]);
    await app.signIn(browser, 'anna');
    expect(await app.whoIs(browser)).toBe('anna');
    const events = await app.deps.db.event.findMany({
      where: { context: { path: ['removedFactors'], equals: 1 } },
    });
    expect(events).toHaveLength(1);
    await app.stop();
  });
});
