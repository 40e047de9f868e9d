import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { sha256Hex } from '../../../src/platform/crypto/digest.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Page } from '../../support/page.ts';
import { PASSWORD, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('who has an account', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
    const { db, passwords } = app.deps;
    await db.user.update({ where: { id: app.ben.id }, data: { isActive: false } });
    const unset = { username: 'unset', usernameKey: 'unset', uid: 'u'.repeat(64) };
    await db.user.create({ data: unset });
    const passwordHash = await passwords.hash(PASSWORD);
    await db.user.create({
      data: { username: 'locked', usernameKey: 'locked', uid: 'l'.repeat(64), passwordHash },
    });
  });
  afterAll(() => app.stop());

  const cases: ReadonlyArray<readonly [what: string, login: string, password: string]> = [
    ['a wrong password', 'anna', 'wrong'],
    ['a name that nobody has', 'nobody', 'wrong'],
    ['an e-mail address that nobody has', 'nobody@example.com', 'wrong'],
    ['a deactivated user, with the right password', 'ben', PASSWORD],
    ['a user without a password', 'unset', PASSWORD],
    ['a locked account, with the right password', 'locked', PASSWORD],
  ];

  async function lockAccount(): Promise<void> {
    const blockedUntil = new Date(Date.now() + 60_000);
    const key = `account:${sha256Hex('locked')}`;
    await app.deps.db.lockout.deleteMany();
    await app.deps.db.lockout.create({ data: { key, failures: 9, lastFailedAt: new Date(), blockedUntil } });
  }

  /** Everything that is answered, but for what differs between any two answers, and the name that was typed. */
  function shape(page: Page, login: string): unknown {
    const {
      date: _,
      'x-request-id': __,
      'content-length': ___,
      'set-cookie': cookies = [],
      ...headers
    } = page.headers;
    const body = page.body
      .replaceAll(login, '<login>')
      .replaceAll(/name="_csrf" value="[^"]*"/g, '')
      .replaceAll(/request=[\w-]+/g, '');
    return { status: page.status, headers, cookies: cookies.map((cookie) => cookie.split('=')[0]), body };
  }

  it.each(cases)(
    'is not told by %s: same words, same status, same headers, one hash computed',
    async (_, login, password) => {
      const verify = jest.spyOn(app.deps.passwords, 'verify');
      const expected = shape(await app.signIn(app.browser(), 'anna', 'not hers'), 'anna');
      await lockAccount();
      verify.mockClear();
      const browser = app.browser();
      const answer = await app.signIn(browser, login, password);
      expect(shape(answer, login)).toEqual(expected);
      expect(verify).toHaveBeenCalledTimes(1);
      expect(await app.whoIs(browser)).toBeUndefined();
      verify.mockRestore();
    },
  );

  it('is not told by the page after the name either', async () => {
    const pages = await Promise.all(
      ['anna', 'ben', 'nobody'].map(async (login) => {
        const first = await app.browser().get('/if/flow/default-authentication-flow/');
        return shape(await first.form().submit({ uid_field: login }, { follow: true }), login);
      }),
    );
    expect(pages[1]).toEqual(pages[0]);
    expect(pages[2]).toEqual(pages[0]);
  });

  it('is recorded for administrators, without what was typed in the wrong field', async () => {
    await app.signIn(app.browser(), 'my-secret-password', 'anna');
    const failed = await app.deps.db.event.findMany({ where: { action: 'login_failed' } });
    expect(JSON.stringify(failed)).not.toContain('my-secret-password');
  });
});
