// Contract §4: never a permanent lock by strangers; the owner gets in from a browser that they have used before.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import { holdLockouts, PASSWORD, SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('a browser that its person has signed in with before', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  beforeEach(() => app.deps.db.lockout.deleteMany());
  afterAll(() => app.stop());

  /** One guess, from an address of its own unless told otherwise. */
  async function guess(index: number, address = `198.51.100.${index % 250}`): Promise<number> {
    const stranger = app.browser();
    const options = { headers: { 'x-forwarded-for': address } };
    const page = await stranger.visit(SIGN_IN, options);
    const typed = await page.form('form.stack').submit({ uid_field: 'anna' }, { ...options, follow: true });
    return (await typed.form('form.stack').submit({ password: `guess ${index}` }, options)).status;
  }

  const signOut = (browser: ReturnType<SignInApp['browser']>) =>
    browser.cookies.setCookie('gatelodge_session=; Path=/; Max-Age=0', app.origin);

  it('lets them in while strangers guess at them from everywhere, also from their own address', async () => {
    const anna = app.browser();
    await app.signIn(anna, 'anna');
    await signOut(anna);
    const elsewhere = Array.from({ length: 150 }, (_, index) => guess(index));
    const atHome = Array.from({ length: 50 }, (_, index) => guess(index, '127.0.0.1'));
    let isOver = false;
    const flood = Promise.all([...elsewhere, ...atHome]).finally(() => {
      isOver = true;
    });
    const health = await app.browser().get('/-/health/live/');
    expect([health.status, isOver]).toEqual([200, false]);
    expect((await app.signIn(anna, 'anna')).status).toBe(303);
    expect(await flood).not.toContain(303);
    await holdLockouts(app);

    await signOut(anna);
    expect((await app.signIn(anna, 'anna')).status).toBe(303);
    expect((await app.signIn(app.browser(), 'anna')).status).not.toBe(303);
  });

  it('is slowed down itself when its guesses are wrong', async () => {
    const anna = app.browser();
    await app.signIn(anna, 'anna');
    await signOut(anna);
    for (let count = 0; count < 6; count++) await app.signIn(anna, 'anna', 'wrong');
    await holdLockouts(app);
    expect((await app.signIn(anna, 'anna')).status).toBe(400);
    expect((await app.signIn(app.browser(), 'anna')).status).toBe(303);
  });

  it('is known to its own person alone, and by a cookie that is no session', async () => {
    const anna = app.browser();
    await app.signIn(anna, 'anna');
    const known = await anna.cookie('gatelodge_known');
    expect(known).toMatch(/^[\w-]{43}$/);
    const rows = await app.deps.db.knownBrowser.findMany();
    expect(JSON.stringify(rows)).not.toContain(known);
    await signOut(anna);
    expect(await app.whoIs(anna)).toBeUndefined();
    for (let count = 0; count < 6; count++) await app.signIn(anna, 'ben', 'wrong');
    await holdLockouts(app);
    expect((await app.signIn(app.browser(), 'ben')).status).toBe(400);
    expect(PASSWORD).not.toBe('wrong');
  });
});
