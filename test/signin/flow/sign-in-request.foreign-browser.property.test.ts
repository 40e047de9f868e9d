import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import { PASSWORD, SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('a sign-in request', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  afterAll(() => app.stop());

  it('cannot be gone on with in another browser: it starts again there, in clear words', async () => {
    const [anna, eve] = [app.browser(), app.browser()];
    const page = await (await anna.get(SIGN_IN)).form().submit({ uid_field: 'anna' }, { follow: true });
    const stolen = await eve.visit(page.url.href);
    expect(stolen.status).toBe(200);
    expect(stolen.text('label')).toBe('Username or email');
    expect(stolen.text()).toContain('started in another browser');
    expect(stolen.body).not.toContain('anna');
  });

  it('cannot be finished by the password in another browser', async () => {
    const [anna, eve] = [app.browser(), app.browser()];
    const page = await (await anna.get(SIGN_IN)).form().submit({ uid_field: 'anna' }, { follow: true });
    const { _csrf } = (await eve.get(SIGN_IN)).form().fields;
    const answer = await eve.post(page.url.href, {
      _csrf: String(_csrf),
      stage: 'password',
      password: PASSWORD,
    });
    expect(answer.status).toBe(303);
    expect(await app.whoIs(eve)).toBeUndefined();
    expect(await app.whoIs(anna)).toBeUndefined();
  });

  it('starts again when it has expired, and still leads to where it was to lead', async () => {
    const browser = app.browser();
    const at = `${SIGN_IN}?next=/if/user/sessions/`;
    const page = await (await browser.get(at)).form().submit({ uid_field: 'anna' }, { follow: true });
    await app.deps.db.signInRequest.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } });
    const again = await page.form().submit({ password: PASSWORD }, { follow: true });
    expect(again.text('label')).toBe('Username or email');
    expect(again.text()).toContain('open for too long');
    expect(await app.whoIs(browser)).toBeUndefined();
    const second = await again.form().submit({ uid_field: 'anna' }, { follow: true });
    expect((await second.form().submit({ password: PASSWORD })).headers.location).toBe('/if/user/sessions/');
  });

  it.each(['nonsense', crypto.randomUUID(), '', `' OR 1=1`])(
    'is not found under %j: the sign-in starts',
    async (id) => {
      const page = await app.browser().visit(`${SIGN_IN}?request=${encodeURIComponent(id)}`);
      expect([page.status, page.text('label')]).toEqual([200, 'Username or email']);
    },
  );

  it('is not made by looking at a page', async () => {
    const before = await app.deps.db.signInRequest.count();
    await app.browser().get(`${SIGN_IN}?next=/if/admin/&again=1`);
    expect(await app.deps.db.signInRequest.count()).toBe(before);
  });
});
