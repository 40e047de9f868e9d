import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { isAdministrator } from '../../../src/identity/group/membership.ts';
import { everyBackend } from '../../support/backends.ts';
import { PASSWORD, SET_UP, SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('the initial set-up', (backend) => {
  let app: SignInApp;
  beforeEach(async () => {
    app = await startSignIn(backend, { isSetUp: false });
  });
  afterEach(() => app.stop());

  const typed = { username: 'olga', name: 'Olga', email: 'olga@example.com' };
  const passwords = { password: PASSWORD, password_repeat: PASSWORD };

  it('makes the administrator, signs them in, and leads to the administration', async () => {
    const browser = app.browser();
    const page = await browser.get(SET_UP);
    expect(page.form().fields.username).toBe('akadmin');
    const answer = await page.form().submit({ ...typed, ...passwords });
    expect([answer.status, answer.headers.location]).toEqual([303, '/if/admin/']);
    expect(await app.whoIs(browser)).toBe('olga');
    const { db } = app.deps;
    const olga = await db.user.findFirstOrThrow({ where: { username: 'olga' } });
    expect(olga).toMatchObject({ name: 'Olga', email: 'olga@example.com' });
    expect(await isAdministrator(db, olga.id)).toBe(true);
  });

  it('is where the sign-in leads as long as nobody has moved in', async () => {
    expect((await app.browser().get(SIGN_IN)).headers.location).toBe(SET_UP);
  });

  it.each([
    ['password', { password: 'too short', password_repeat: 'too short' }, 'Use at least 10 characters.'],
    [
      'password_repeat',
      { password: PASSWORD, password_repeat: 'other' },
      'The two passwords are not the same.',
    ],
    ['username', { ...passwords, username: ' ' }, 'Fill this in.'],
    ['email', { ...passwords, email: 'nobody' }, 'Enter an e-mail address, such as name@example.com.'],
  ])('says what is wrong with the %s, and makes nobody', async (field, wrong, words) => {
    const browser = app.browser();
    const again = await (await browser.get(SET_UP)).form().submit({ ...typed, ...wrong });
    expect(again.status).toBe(400);
    expect(again.text(`#field-${field}-error`)).toBe(words);
    expect(again.form().fields.name).toBe('Olga');
    expect(again.body).not.toContain(PASSWORD);
    expect(await app.deps.db.user.count({ where: { username: 'olga' } })).toBe(0);
    expect(await app.whoIs(browser)).toBeUndefined();
  });

  it('has no rule about what a password is made of', async () => {
    const password = 'velvet harbour moss';
    const page = await app.browser().get(SET_UP);
    const answer = await page.form().submit({ ...typed, password, password_repeat: password });
    expect(answer.status).toBe(303);
  });
});
