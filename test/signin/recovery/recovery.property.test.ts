// Security.md, "Sign-in": the promises about recovery links.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { isLinkOpen, issueLink, redeemLink } from '../../../src/identity/user/one-time-link.ts';
import { setPassword } from '../../../src/identity/user/password.ts';
import type { User } from '../../../src/identity/user/user.ts';
import { issueRecoveryLink } from '../../../src/signin/stage/recovery-link/recovery-link.ts';
import { everyBackend } from '../../support/backends.ts';
import { holdLockouts, PASSWORD } from '../flow/signin-app.ts';
import { giveTotp } from '../stage/authenticator-app.ts';
import { type MailboxApp, NEW_PASSWORD, RECOVERY, startMailbox } from './mailbox.ts';

everyBackend('a recovery link', (backend) => {
  let app: MailboxApp;
  let user: User;
  beforeAll(async () => {
    app = await startMailbox(backend);
  });
  beforeEach(async () => {
    user = await app.startAfresh();
  });
  afterAll(() => app.stop());

  const passwords = { password: NEW_PASSWORD, password_repeat: NEW_PASSWORD };
  const issue = (now?: Date) => issueLink(app.deps.db, { purpose: 'recovery', userId: user.id }, now);
  const redeem = (token: string, now?: Date) => redeemLink(app.deps.db, 'recovery', token, now);
  const hashOf = async () =>
    (await app.deps.db.user.findUniqueOrThrow({ where: { id: user.id } })).passwordHash ?? '';

  it('is good for one of fifty who follow it at once', async () => {
    const token = await issue();
    const followed = await Promise.all(Array.from({ length: 50 }, () => redeem(token)));
    expect(followed.filter(Boolean)).toEqual([{ userId: user.id, email: '' }]);
    expect(await isLinkOpen(app.deps.db, 'recovery', token)).toBe(false);
  });

  it('is good for half an hour', async () => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const late = await issue(minutesAgo(30));
    const inTime = await issue(minutesAgo(29));
    expect([await redeem(late), await redeem(inTime)]).toEqual([undefined, { userId: user.id, email: '' }]);
  });

  it('is void once the password has been changed', async () => {
    const token = await issue();
    const { db, changes, passwords: hasher } = app.deps;
    await setPassword(db, changes, hasher, user.id, NEW_PASSWORD);
    expect(await redeem(token)).toBeUndefined();
  });

  it('is void also when it was followed before the password was changed', async () => {
    const browser = app.browser();
    const path = await issueRecoveryLink(app.deps.db, user.id);
    const page = await (await browser.visit(path)).form().submit({}, { follow: true });
    const { db, changes, passwords: hasher } = app.deps;
    await setPassword(db, changes, hasher, user.id, 'chosen by its owner');
    const before = await hashOf();
    expect((await page.form().submit(passwords)).status).toBe(410);
    expect(await hashOf()).toBe(before);
    expect(await app.whoIs(browser)).toBeUndefined();
  });

  it('is void for a deactivated user, and for another purpose', async () => {
    const token = await issue();
    expect(await redeemLink(app.deps.db, 'email', token)).toBeUndefined();
    await app.deps.db.user.update({ where: { id: user.id }, data: { isActive: false } });
    expect(await redeem(token)).toBeUndefined();
  });

  it('is not used up by whatever only opens it', async () => {
    const path = await issueRecoveryLink(app.deps.db, user.id);
    for (let visit = 0; visit < 3; visit++) expect((await app.browser().visit(path)).status).toBe(200);
    const page = await (await app.browser().visit(path)).form().submit({}, { follow: true });
    expect(page.text('h1')).toBe('Choose a new password');
    const second = await app.browser().visit(path);
    expect(second.text('.notice-error')).toContain('used already');
  });

  it('does not skip the second factor', async () => {
    await giveTotp(app, user.id);
    const browser = app.browser();
    const path = await issueRecoveryLink(app.deps.db, user.id);
    const page = await (await browser.visit(path)).form().submit({}, { follow: true });
    const before = await hashOf();
    const form = page.form('form.stack');
    for (const fields of [{ stage: 'new-password' }, { stage: 'totp' }, {}]) {
      await form.submit({ ...fields, ...passwords, code: '000000' }, { follow: true });
    }
    expect(await hashOf()).toBe(before);
    expect(await app.whoIs(browser)).toBeUndefined();
    expect(await app.deps.sessions.list(user.id)).toEqual([]);
  });

  it('is not replaced by a session: who is signed in needs the old password to choose a new one', async () => {
    const browser = app.browser();
    await app.signIn(browser, user.username);
    expect(await app.whoIs(browser)).toBe(user.username);
    const before = await hashOf();
    const page = await browser.visit(RECOVERY);
    await page.form('form.stack').submit({ stage: 'new-password', ...passwords }, { follow: true });
    expect(await hashOf()).toBe(before);
  });

  it('leads to the configured address, whatever Host and X-Forwarded-Host say', async () => {
    const page = await app.browser().visit(RECOVERY);
    const evil = { host: 'evil.test', 'x-forwarded-host': 'evil.test' };
    const sent = await page.form('form.stack').submit({ uid_field: user.username }, { headers: evil });
    expect(sent.status).toBe(303);
    const mail = await app.sink.take('Choose a new password');
    expect(mail.text + mail.html).not.toContain('evil.test');
    expect(mail.text).toContain('https://auth.example.test/if/flow/');
  });

  it('is asked for with the same words, status and work, whether or not there is somebody to get it', async () => {
    const { db } = app.deps;
    await db.user.update({ where: { id: app.anna.id }, data: { isActive: false } });
    const unconfirmed = await app.createPerson('unconfirmed');
    await db.user.update({ where: { id: unconfirmed.id }, data: { emailVerified: false } });
    const answers = [];
    for (const login of [user.username, 'nobody', 'nobody@example.test', 'anna', unconfirmed.username]) {
      const page = await app.ask(login);
      answers.push([page.status, page.url.pathname, page.text('main')]);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await app.sink.take('Choose a new password')).recipients).toEqual([user.email]);
    expect(app.sink.received).toEqual([]);
    await db.user.update({ where: { id: app.anna.id }, data: { isActive: true } });

    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 15; round++) {
      for (const [login, times] of [
        [user.username, known],
        [`nobody-${round}`, unknown],
      ] as const) {
        await db.lockout.deleteMany();
        const form = (await app.browser().visit(RECOVERY)).form('form.stack');
        const begin = performance.now();
        await form.submit({ uid_field: login });
        times.push(performance.now() - begin);
      }
    }
    const noise = Math.max(spread(known), spread(unknown), 3);
    expect(Math.abs(median(known) - median(unknown))).toBeLessThan(noise);
  });

  it('is mailed three times at once at most, and then only now and then', async () => {
    for (let asked = 0; asked < 3; asked++) expect((await app.ask(user.username)).status).toBe(200);
    await holdLockouts(app);
    for (let asked = 0; asked < 5; asked++) expect((await app.ask(user.username)).status).toBe(200);
    await app.deps.post.close();
    const mails = app.sink.received.filter(({ recipients }) => recipients.includes(user.email));
    expect(mails).toHaveLength(3);
    app.sink.received.length = 0;
  });

  it('makes an address that asks on and on wait', async () => {
    const answers: number[] = [];
    for (let asked = 0; asked < 24; asked++) answers.push((await app.ask(`nobody-${asked}`)).status);
    expect(answers.slice(0, 20).every((status) => status === 200)).toBe(true);
    expect(answers.at(-1)).toBe(429);
  });

  it('leaves no token in the database, and none in the address once it is followed', async () => {
    const path = await issueRecoveryLink(app.deps.db, user.id);
    const token = new URL(path, 'http://x').searchParams.get('flow_token') ?? '';
    const rows = await app.deps.db.oneTimeLink.findMany({ where: { userId: user.id } });
    expect(JSON.stringify(rows)).not.toContain(token);
    const page = await (await app.browser().visit(path)).form().submit({});
    expect(page.headers.location).not.toContain(token);
    expect(PASSWORD).not.toBe(NEW_PASSWORD);
  });
});

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

/** Half of the measurements lie within this. */
function spread(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.floor(times.length * 0.75)] ?? 0) - (sorted[Math.floor(times.length * 0.25)] ?? 0);
}
