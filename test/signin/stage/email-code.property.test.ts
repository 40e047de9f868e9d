// What a mailed code must not be: guessable, usable twice, in another browser or for another person, readable in the
// database, or the second proof of what the same mailbox has proved already.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { User } from '../../../src/identity/user/user.ts';
import { Vault } from '../../../src/platform/crypto/vault.ts';
import {
  type CodePurpose,
  issueEmailCode,
  redeemEmailCode,
} from '../../../src/signin/stage/email-code/email-code.ts';
import { addEmailDevice } from '../../../src/signin/stage/email-code/email-device.ts';
import { issueRecoveryLink } from '../../../src/signin/stage/recovery-link/recovery-link.ts';
import { everyBackend } from '../../support/backends.ts';
import { type MailboxApp, startMailbox } from '../recovery/mailbox.ts';
import { codeIn, SUBJECT } from './mailed-code.ts';

const MINUTE = 60_000;

everyBackend('a mailed code', (backend) => {
  let app: MailboxApp;
  let user: User;
  let which: CodePurpose;
  beforeAll(async () => {
    app = await startMailbox(backend);
  });
  beforeEach(async () => {
    user = await app.startAfresh();
    which = { userId: user.id, purpose: `flow/${user.id}` };
    await addEmailDevice(app.deps.db, user.id, 'Mail');
  });
  afterAll(() => app.stop());

  const issue = (now?: Date) => issueEmailCode(app.deps.db, app.deps.vault, which, now);
  const redeem = (code: string, of = which, now?: Date) =>
    redeemEmailCode(app.deps.db, app.deps.vault, of, code, now);
  const otherThan = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

  it('counts once, also when it is typed fifty times at the same moment', async () => {
    const code = await issue();
    const tries = await Promise.all(Array.from({ length: 50 }, () => redeem(code)));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect(await redeem(code)).toBe(false);
  });

  it('dies of five wrong guesses, also when they come at the same moment', async () => {
    const code = await issue();
    await Promise.all(Array.from({ length: 50 }, () => redeem(otherThan(code))));
    expect(await redeem(code)).toBe(false);
    const again = await issue();
    for (let guess = 0; guess < 4; guess++) expect(await redeem(otherThan(again))).toBe(false);
    expect(await redeem(again)).toBe(true);
  });

  it('counts for ten minutes', async () => {
    const code = await issue();
    expect(await redeem(code, which, new Date(Date.now() + 10 * MINUTE))).toBe(false);
    expect(await redeem(code, which, new Date(Date.now() + 9 * MINUTE))).toBe(true);
  });

  it('counts for nobody else, and for nothing else', async () => {
    const code = await issue();
    expect(await redeem(code, { ...which, userId: app.anna.id })).toBe(false);
    expect(await redeem(code, { ...which, purpose: 'flow/other' })).toBe(false);
    expect(await redeem(code)).toBe(true);
  });

  it('counts only in the browser whose sign-in asked for it', async () => {
    const [here, elsewhere] = [app.browser(), app.browser()];
    await app.signIn(here, user.username);
    const code = codeIn(await app.sink.take(SUBJECT));
    const other = await (await app.signIn(elsewhere, user.username)).followRedirect();
    const second = codeIn(await app.sink.take(SUBJECT));
    if (second !== code) expect((await other.form().submit({ code })).status).toBe(400);
    expect(await app.whoIs(elsewhere)).toBeUndefined();
  });

  it('cannot be read in the database, nor found there by trying all million codes without the secret key', async () => {
    const code = await issue();
    const [row] = await app.deps.db.emailCode.findMany({ where: { userId: user.id } });
    expect(JSON.stringify(row)).not.toContain(code);
    const foreign = new Vault('another-secret-key-0123456789abcdefghijklmnopqrstuvwxyz');
    expect(await redeemEmailCode(app.deps.db, foreign, which, code)).toBe(false);
  });

  it('is mailed a few times only, however often it is asked for', async () => {
    const browser = app.browser();
    const page = await (await app.signIn(browser, user.username)).followRedirect();
    const again = () => page.form('form:has([name=send])').submit({ send: 'again' });
    const answers = [];
    for (let time = 0; time < 6; time++) answers.push((await again()).status);
    expect(answers).toContain(400);
    await app.deps.post.close();
    expect(app.sink.received.length).toBeLessThan(6);
  });

  it('is not the second proof after a link in the same mailbox', async () => {
    const browser = app.browser();
    await app.ask(user.username);
    const link = await app.takeLink();
    const opened = await browser.visit(link.href);
    const page = await opened.form('form.stack').submit({}, { follow: true });
    expect(page.text('main')).toContain('None of your second factors can be used here');
    const forced = await browser.post(page.url.href, {
      _csrf: opened.form('form.stack').fields._csrf as string,
      stage: 'email',
      send: 'again',
    });
    expect(forced.status).toBeGreaterThanOrEqual(300);
    expect(await app.deps.db.emailCode.count({ where: { userId: user.id } })).toBe(0);
  });

  it('is one after a link that an administrator has handed over', async () => {
    const browser = app.browser();
    const opened = await browser.visit(await issueRecoveryLink(app.deps.db, user.id));
    const page = await opened.form('form.stack').submit({}, { follow: true });
    expect(page.text('h1')).toBe('Look into your mailbox');
    const code = codeIn(await app.sink.take(SUBJECT));
    expect((await page.form().submit({ code }, { follow: true })).text('h1')).toBe('Choose a new password');
  });
});
