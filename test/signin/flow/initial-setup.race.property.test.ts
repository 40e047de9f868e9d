import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import { PASSWORD, SET_UP, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('the initial set-up, raced', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend, { isSetUp: false });
  });
  afterAll(() => app.stop());

  const administrators = () => app.deps.db.groupMembership.count({ where: { group: { isSuperuser: true } } });

  it('has one winner among twenty, and nobody else is signed in', async () => {
    const browsers = Array.from({ length: 20 }, () => app.browser());
    const pages = await Promise.all(browsers.map((browser) => browser.get(SET_UP)));
    const answers = await Promise.all(
      pages.map((page, index) =>
        page.form().submit({ username: `admin-${index}`, password: PASSWORD, password_repeat: PASSWORD }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303));
    const names = await Promise.all(browsers.map((browser) => app.whoIs(browser)));
    expect(names.filter(Boolean)).toHaveLength(1);
    expect(await administrators()).toBe(1);
  });

  it('never opens again: neither its page, nor a form kept from before, nor when the administrator is gone', async () => {
    const browser = app.browser();
    const other = await browser.visit('/if/flow/default-authentication-flow/');
    const { _csrf } = other.form().fields;
    for (const removed of [false, true]) {
      const { db } = app.deps;
      if (removed) await db.user.deleteMany();
      expect((await browser.get(SET_UP)).status).toBe(303);
      const late = { stage: 'administrator', username: 'eve', password: PASSWORD, password_repeat: PASSWORD };
      const answer = await browser.post(SET_UP, { ...late, _csrf: String(_csrf) });
      expect(answer.status).toBe(303);
      expect(await db.user.count({ where: { username: 'eve' } })).toBe(0);
      expect(await app.whoIs(browser)).toBeUndefined();
    }
  });
});
