// The pages of one's own second factors, where they need a mailbox or a trusted browser.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { User } from '../../src/identity/user/user.ts';
import { type MailboxApp, startMailbox } from '../signin/recovery/mailbox.ts';
import { codeIn, SUBJECT } from '../signin/stage/mailed-code.ts';
import { everyBackend } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { faultsOf } from '../support/page-faults.ts';
import { submitAt } from './household.ts';

const DEVICES = '/if/user/devices/';
const BEGIN = `${DEVICES}add/email/begin/`;

everyBackend('codes by e-mail', (backend) => {
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

  const deviceCount = () => app.deps.db.emailDevice.count({ where: { userId: user.id } });

  it('become a second factor once one has arrived, and lead to recovery codes', async () => {
    const page = await submitAt(browser, `${DEVICES}add/`, {}, BEGIN);
    expect([page.text('h1'), faultsOf(page.body)]).toEqual(['Codes by e-mail', []]);
    const code = codeIn(await app.sink.take(SUBJECT));
    const wrong = code === '000000' ? '000001' : '000000';
    const refused = await page.form('main form').submit({ code: wrong });
    expect([refused.status, await deviceCount()]).toEqual([400, 0]);
    const done = await page.form('main form').submit({ code }, { follow: true });
    expect([done.url.pathname, await deviceCount()]).toEqual([`${DEVICES}recovery-codes/`, 1]);
    expect((await browser.visit(DEVICES)).text('main')).toContain('Code by e-mail');
    expect((await browser.visit(`${DEVICES}add/`)).body).not.toContain(BEGIN);
  });

  it('are renamed and removed like any other factor', async () => {
    await app.deps.db.emailDevice.create({ data: { userId: user.id, name: 'Mail' } });
    const { id } = await app.deps.db.emailDevice.findUniqueOrThrow({ where: { userId: user.id } });
    const path = `${DEVICES}email/${id}/`;
    const renamed = await submitAt(browser, path, { name: 'Work mail' }, path);
    expect(renamed.text('main')).toContain('Work mail');
    await submitAt(browser, path, {}, `${path}remove/`);
    expect(await deviceCount()).toBe(0);
  });

  it('are not offered to whoever has no confirmed address, nor made for them', async () => {
    await app.deps.db.user.update({ where: { id: user.id }, data: { emailVerified: false } });
    const page = await browser.visit(`${DEVICES}add/`);
    expect(page.body).not.toContain(BEGIN);
    const forced = await browser.post(BEGIN, page.form('main form').fields, {
      headers: { origin: page.url.origin },
    });
    expect([forced.status, await app.deps.db.emailCode.count({ where: { userId: user.id } })]).toEqual([
      409, 0,
    ]);
  });

  it('stand beside the devices that are trusted, all of which can be told to ask again at once', async () => {
    const { db } = app.deps;
    const expiresAt = new Date(Date.now() + 60_000);
    const row = { userId: user.id, lastUsedAt: new Date(), expiresAt };
    await db.trustedDevice.createMany({
      data: ['a', 'b'].map((tokenHash) => ({ ...row, tokenHash: `${tokenHash}${user.id}` })),
    });
    await submitAt(browser, DEVICES, {}, `${DEVICES}trusted/forget/`);
    expect(await db.trustedDevice.count({ where: { userId: user.id } })).toBe(0);
  });
});
