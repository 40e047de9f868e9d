import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { PASSWORD, SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('signing in', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  beforeEach(async () => {
    await app.deps.db.lockout.deleteMany();
    await app.deps.db.consent.deleteMany();
  });
  afterAll(() => app.stop());

  const events = (action: string) =>
    app.deps.db.event.findMany({ where: { action }, orderBy: { createdAt: 'desc' } });

  describe('with a name and a password', () => {
    it('goes name, password, and on to the applications', async () => {
      const browser = app.browser();
      const first = await browser.get(SIGN_IN);
      expect(first.text('label')).toBe('Username or email');
      expect(first.text('button')).toBe('Continue');
      const second = await first.form().submit({ uid_field: 'anna' }, { follow: true });
      expect(second.text('label[for=field-password]')).toBe('Password');
      expect(second.text('form button')).toBe('Log in');
      const answer = await second.form().submit({ password: PASSWORD });
      expect(answer.status).toBe(303);
      expect(answer.headers.location).toBe('/if/user/');
      expect(await app.whoIs(browser)).toBe('anna');
    });

    it('serves pages without faults: no inline code, every input labelled, every form with its token', async () => {
      const browser = app.browser();
      const first = await browser.get(SIGN_IN);
      const second = await first.form().submit({ uid_field: 'anna' }, { follow: true });
      const refused = await second.form().submit({ password: 'wrong' });
      for (const { body } of [first, second, refused]) expect(faultsOf(body)).toEqual([]);
    });

    it('takes the name in any case, or the e-mail address', async () => {
      await app.deps.db.user.update({
        where: { id: app.anna.id },
        data: { email: 'Anna@example.com', emailKey: 'anna@example.com' },
      });
      for (const login of ['ANNA', ' anna ', 'anna@EXAMPLE.com']) {
        const browser = app.browser();
        await app.signIn(browser, login);
        expect(await app.whoIs(browser)).toBe('anna');
      }
    });

    it('records the sign-in, and the failed ones, with the address they came from', async () => {
      await app.signIn(app.browser(), 'ben', 'wrong');
      await app.signIn(app.browser(), 'ben');
      const about = { userId: app.ben.id, username: 'ben', clientAddress: '127.0.0.1' };
      expect((await events('login_failed'))[0]).toMatchObject(about);
      expect((await events('login'))[0]).toMatchObject({ ...about, context: { methods: ['pwd'] } });
    });

    it('goes on to the page that asked for it', async () => {
      const browser = app.browser();
      const answer = await app.signIn(browser, 'anna', PASSWORD, `${SIGN_IN}?next=%2Fif%2Fadmin%2F%3Fa%3Db`);
      expect(answer.headers.location).toBe('/if/admin/?a=b');
    });

    it('ends with the browser, unless one stays signed in: then the cookie lasts a fortnight', async () => {
      const sessionCookie = (setCookie: string[] = []) =>
        setCookie.find((cookie) => cookie.startsWith('gatelodge_session='));
      const brief = await app.signIn(app.browser(), 'anna');
      expect(sessionCookie(brief.headers['set-cookie'])).not.toContain('Max-Age');

      const second = await (await app.browser().get(SIGN_IN))
        .form()
        .submit({ uid_field: 'anna' }, { follow: true });
      const lasting = await second.form().submit({ password: PASSWORD, remember_me: 'on' });
      expect(sessionCookie(lasting.headers['set-cookie'])).toContain('Max-Age=1209600');
    });

    it('can be gone back on, to sign in as somebody else', async () => {
      const browser = app.browser();
      const first = await browser.get(SIGN_IN);
      const second = await first.form().submit({ uid_field: 'anna' }, { follow: true });
      const again = await second.form('#not-you').submit({ not_you: '1' }, { follow: true });
      expect(again.text('label')).toBe('Username or email');
      const bens = await again.form().submit({ uid_field: 'ben' }, { follow: true });
      expect(bens.text('strong')).toBe('ben');
      await bens.form().submit({ password: PASSWORD });
      expect(await app.whoIs(browser)).toBe('ben');
    });

    it('works again after the back button, from the page where the name is typed', async () => {
      const browser = app.browser();
      const first = await browser.get(SIGN_IN);
      const second = await first.form().submit({ uid_field: 'anna' }, { follow: true });
      const back = await browser.get(second.url.href.replace(/$/, ''));
      expect(back.status).toBe(200);
      const other = await first.form().submit({ uid_field: 'ben' }, { follow: true });
      await other.form().submit({ password: PASSWORD });
      expect(await app.whoIs(browser)).toBe('ben');
    });

    it('shows the form again with its words when the password is wrong, and not the password', async () => {
      const refused = await app.signIn(app.browser(), 'anna', 'wrong-secret');
      expect(refused.status).toBe(400);
      expect(refused.text('.field-error')).toMatch(/^That did not work/);
      expect(refused.body).not.toContain('wrong-secret');
    });
  });

  describe('when one is signed in already', () => {
    it('leads straight on', async () => {
      const browser = app.browser();
      await app.signIn(browser, 'anna');
      const answer = await browser.get(`${SIGN_IN}?next=/if/admin/`);
      expect([answer.status, answer.headers.location]).toEqual([303, '/if/admin/']);
    });

    it('asks for the password alone when proof is wanted again, and keeps the session', async () => {
      const browser = app.browser();
      await app.signIn(browser, 'anna');
      const [before] = await app.deps.sessions.list(app.anna.id);
      const page = await browser.get(`${SIGN_IN}?again=1&next=/if/user/`);
      expect(page.text('h1')).toBe('Confirm that it is you');
      expect(page.text('strong')).toBe('anna');
      const answer = await page.form().submit({ password: PASSWORD });
      expect(answer.headers.location).toBe('/if/user/');
      const after = await app.deps.sessions.findById(before?.id ?? '');
      expect(after?.authenticatedAt.getTime()).toBeGreaterThan(before?.authenticatedAt.getTime() ?? Infinity);
      expect(await app.whoIs(browser)).toBe('anna');
    });

    it('ends that session when somebody else signs in instead', async () => {
      const browser = app.browser();
      await app.deps.sessions.endAllOf(app.anna.id);
      await app.signIn(browser, 'anna');
      const page = await browser.get(`${SIGN_IN}?again=1`);
      const other = await page.form('#not-you').submit({ not_you: '1' }, { follow: true });
      expect(await app.whoIs(browser)).toBe('anna');
      const bens = await other.form().submit({ uid_field: 'ben' }, { follow: true });
      await bens.form().submit({ password: PASSWORD });
      expect(await app.whoIs(browser)).toBe('ben');
      expect(await app.deps.sessions.list(app.anna.id)).toEqual([]);
    });
  });

  describe('for a protocol', () => {
    it('names the application, fills in the hint, and returns', async () => {
      const { id } = await app.deps.db.application.create({
        data: { slug: 'grafana', name: 'Grafana' },
      });
      const browser = app.browser();
      const address = await app.ask(browser, { applicationId: id, requirements: { loginHint: 'anna' } });
      const page = await browser.get(address);
      expect(page.text()).toContain('to continue to Grafana');
      expect(page.form().fields.uid_field).toBe('anna');
      const second = await page.form().submit({}, { follow: true });
      expect((await second.form().submit({ password: PASSWORD })).headers.location).toBe('/landing/');
    });

    it('asks again for proof that is too old, and not for proof that is recent enough', async () => {
      const browser = app.browser();
      await app.signIn(browser, 'anna');
      const recent = await browser.get(await app.ask(browser, { requirements: { maxAgeSeconds: 600 } }));
      expect(recent.headers.location).toBe('/landing/');
      const old = await browser.get(await app.ask(browser, { requirements: { maxAgeSeconds: -1 } }));
      expect(old.text('h1')).toBe('Confirm that it is you');
    });
  });

  describe('in two tabs', () => {
    it('finishes in both, one after the other', async () => {
      const browser = app.browser();
      const walk = async (returnTo: string) => {
        const page = await browser.get(await app.ask(browser, { returnTo }));
        return page.form().submit({ uid_field: 'anna' }, { follow: true });
      };
      const [one, two] = [await walk('/one/'), await walk('/two/')];
      expect((await one.form().submit({ password: PASSWORD })).headers.location).toBe('/one/');
      // The form of the second tab was served to nobody in particular; the session that now exists is enough.
      const late = await two.form().submit({ password: PASSWORD });
      expect((await late.followRedirect()).headers.location).toBe('/two/');
    });

    it('shows the form once more when its token was overtaken by another tab', async () => {
      const browser = app.browser();
      const tabs = await Promise.all([browser.get(SIGN_IN), browser.get(SIGN_IN), browser.get(SIGN_IN)]);
      for (const tab of tabs) {
        const answer = await tab.form().submit({ uid_field: 'anna' });
        const page = answer.status === 303 ? answer : await answer.form().submit({ uid_field: 'anna' });
        expect(page.status).toBe(303);
      }
    });

    it('starts one session when the password is sent twice at the same time', async () => {
      const browser = app.browser();
      await app.deps.sessions.endAllOf(app.ben.id);
      const first = await browser.get(SIGN_IN);
      const page = await first.form().submit({ uid_field: 'ben' }, { follow: true });
      await Promise.all(Array.from({ length: 5 }, () => page.form().submit({ password: PASSWORD })));
      expect(await app.deps.sessions.list(app.ben.id)).toHaveLength(1);
    });
  });
});
