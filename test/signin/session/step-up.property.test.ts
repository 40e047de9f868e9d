// Acts that give power over an account need proof no older than ten minutes: a browser left open, or a stolen session
// cookie, must not become somebody else's way in.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { signedIn } from '../../operation/household.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { ADMIN_PASSWORD } from '../../support/gatelodge.ts';
import { type SignInApp, startSignIn } from '../flow/signin-app.ts';

everyBackend('a session whose proof is eleven minutes old', (backend) => {
  let app: SignInApp;
  let browser: Browser;
  let csrf: string;
  beforeAll(async () => {
    app = await startSignIn(backend);
    browser = await signedIn(app);
    csrf = (await browser.visit('/if/admin/sign-in-rules/')).form('main form').fields._csrf as string;
    await letTimePass();
  });
  afterAll(() => app.stop());

  async function letTimePass(): Promise<void> {
    const administrator = await app.deps.db.user.findUniqueOrThrow({ where: { usernameKey: 'akadmin' } });
    const [session] = await app.deps.sessions.list(administrator.id);
    if (!session) throw new Error('nobody is signed in');
    const authenticatedAt = new Date(Date.now() - 11 * 60_000);
    const client = { address: session.clientAddress, userAgent: session.userAgent };
    const renewed = await app.deps.sessions.renew(session, client, { ...session, authenticatedAt });
    await browser.cookies.setCookie(`gatelodge_session=${renewed?.token}; Path=/`, app.origin);
  }

  const someone = () => `/if/admin/users/${app.anna.id}/`;

  it.each([
    ['password/', { password: 'velvet harbour moss' }],
    ['remove-factors/', {}],
    ['delete/', {}],
    ['recovery/link/', {}],
    ['recovery/mail/', {}],
    ['', { username: 'anna', email: 'mallory@example.test' }],
  ])('does not post to %j of somebody else’s account', async (act, typed) => {
    const answer = await browser.post(`${someone()}${act}`, { ...typed, _csrf: csrf }, sameOrigin());
    expect(answer.status).toBe(403);
    expect(answer.text('h1')).toBe('Please confirm that it is you');
    const anna = await app.deps.db.user.findUniqueOrThrow({ where: { id: app.anna.id } });
    expect(anna.email).toBe(app.anna.email);
  });

  it('does not change who needs a second factor', async () => {
    const typed = { demand: 'everybody', _csrf: csrf };
    expect((await browser.post('/if/admin/sign-in-rules/', typed, sameOrigin())).status).toBe(403);
  });

  it.each([
    ['POST', (id: number) => `core/users/${id}/set_password/`],
    ['POST', (id: number) => `core/users/${id}/recovery/`],
    ['PATCH', (id: number) => `core/users/${id}/`],
    ['DELETE', (id: number) => `core/users/${id}/`],
    ['POST', () => 'core/tokens/'],
    ['POST', () => 'core/groups/'],
    ['DELETE', () => 'authenticators/totp/1/'],
    ['DELETE', () => 'authenticators/admin/totp/1/'],
  ])('does not %s to the API what pages would not let it', async (method, path) => {
    const headers = { 'x-authentik-csrf': csrf, 'content-type': 'application/json', origin: app.origin };
    const answer = await browser.request(method, `/api/v3/${path(app.anna.id)}`, {
      headers,
      ...(method !== 'DELETE' && { body: '{}' }),
    });
    expect([answer.status, answer.json<{ code: string }>().code]).toEqual([403, 'not_recently_signed_in']);
  });

  it('still lets its administrator look at everything', async () => {
    expect((await browser.get(someone())).status).toBe(200);
    expect((await browser.get('/if/admin/sign-in-rules/')).status).toBe(200);
  });

  it('is led back to the page once its person has proved again who they are', async () => {
    const answer = await browser.post(`${someone()}remove-factors/`, { _csrf: csrf }, sameOrigin());
    const way = answer.document.querySelector('main a.button')?.getAttribute('href') ?? '';
    expect(new URL(way, app.origin).searchParams.get('next')).toBe(someone());
  });

  it('keeps no secret on a page', async () => {
    const answer = await browser.post(
      `${someone()}password/`,
      { password: 'velvet harbour moss', _csrf: csrf },
      sameOrigin(),
    );
    expect(answer.body).not.toContain('velvet');
  });

  it('sends what was typed once its person has proved again who they are', async () => {
    const edited = { username: 'anna', email: 'anna@new.example', name: 'Anna <Nina>', _csrf: csrf };
    const waiting = await browser.post(someone(), edited, sameOrigin());
    expect(waiting.status).toBe(403);

    const way = waiting.document.querySelector('main a.button')?.getAttribute('href') ?? '';
    let page = await browser.visit(way);
    while (page.url.pathname.startsWith('/if/flow/')) {
      page = await page
        .form('form.stack')
        .submit({ uid_field: 'akadmin', password: ADMIN_PASSWORD }, { follow: true });
    }
    const sent = await waiting.form('main form').submit({}, sameOrigin());
    expect(sent.status).toBe(303);
    const anna = await app.deps.db.user.findUniqueOrThrow({ where: { id: app.anna.id } });
    expect([anna.email, anna.name]).toEqual(['anna@new.example', 'Anna <Nina>']);
  });

  function sameOrigin() {
    return { headers: { origin: app.origin, referer: `${app.origin}${someone()}` } };
  }
});
