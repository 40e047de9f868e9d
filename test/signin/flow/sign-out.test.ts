import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import { SIGN_OUT, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('signing out', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  afterAll(() => app.stop());

  it('is asked about first: a link that leads there ends nothing', async () => {
    const browser = app.browser();
    await app.signIn(browser, 'anna');
    const page = await browser.get(SIGN_OUT);
    expect(page.text('h1')).toBe('Sign out?');
    expect(page.text()).toContain('anna');
    expect(await app.whoIs(browser)).toBe('anna');
  });

  it('ends the session everywhere, takes the cookie, and says so', async () => {
    const browser = app.browser();
    await app.signIn(browser, 'anna');
    const token = await browser.cookie('gatelodge_session');
    const ended: number[] = [];
    app.deps.changes.subscribe('session', ({ userId }) => void ended.push(userId));
    const page = await (await browser.get(SIGN_OUT)).form().submit({}, { follow: true });
    expect(page.text('h1')).toBe('You are signed out');
    expect(await browser.cookie('gatelodge_session')).toBeUndefined();
    expect(await app.deps.sessions.find(token)).toBeUndefined();
    expect(ended).toEqual([app.anna.id]);
    const [event] = await app.deps.db.event.findMany({ where: { action: 'logout' } });
    expect(event).toMatchObject({ username: 'anna', clientAddress: '127.0.0.1' });
  });

  it('counts as done for somebody who is not signed in', async () => {
    expect((await app.browser().get(SIGN_OUT)).text('h1')).toBe('You are signed out');
  });

  it('leads to where it was asked for, on this site only', async () => {
    const browser = app.browser();
    await app.signIn(browser, 'anna');
    const page = await browser.get(`${SIGN_OUT}?next=/if/user/`);
    expect((await page.form().submit()).headers.location).toBe('/if/user/');
    expect((await browser.get(`${SIGN_OUT}?next=//evil.test`)).text('h1')).toBe('You are signed out');
  });
});
