import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { PASSWORD, SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

let app: SignInApp;
beforeAll(async () => {
  app = await startSignIn(EMBEDDED);
});
afterAll(() => app.stop());

const planted = 'p'.repeat(43);

describe('a session that was planted', () => {
  it('is never adopted: signing in gives the browser a token that nobody has seen', async () => {
    const browser = app.browser();
    await browser.cookies.setCookie(`gatelodge_session=${planted}; Path=/`, app.origin);
    await app.signIn(browser, 'anna');
    expect(await browser.cookie('gatelodge_session')).not.toBe(planted);
    expect(await app.deps.sessions.find(planted)).toBeUndefined();
    expect(await app.whoIs(browser)).toBe('anna');
  });

  it('gets another token when its person proves again who they are, and the old one is dead', async () => {
    const browser = app.browser();
    await app.signIn(browser, 'anna');
    const before = await browser.cookie('gatelodge_session');
    const page = await browser.get(`${SIGN_IN}?again=1`);
    await page.form().submit({ password: PASSWORD });
    expect(await browser.cookie('gatelodge_session')).not.toBe(before);
    expect(await app.deps.sessions.find(before)).toBeUndefined();
  });

  it('cannot be reached by a sign-in cookie that was planted: the half-finished sign-in moves to another', async () => {
    const { id: applicationId } = await app.deps.db.application.create({
      data: { slug: 'wiki', name: 'Wiki' },
    });
    const [victim, attacker] = [app.browser(), app.browser()];
    for (const browser of [victim, attacker]) {
      await browser.cookies.setCookie(`gatelodge_browser=${planted}; Path=/`, app.origin);
    }
    const consent = { scopes: ['openid'], clientName: 'Wiki' };
    const address = await app.ask(attacker, { applicationId, requirements: { consent } });
    const stopped = await app.signIn(victim, 'anna', PASSWORD, address);
    expect((await stopped.followRedirect()).text('h1')).toBe('Continue to Wiki?');

    const taken = await attacker.visit(address);
    expect(taken.text('h1')).toBe('Sign in');
    expect(await app.whoIs(attacker)).toBeUndefined();
  });
});
