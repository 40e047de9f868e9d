// Issue 5: a thousand wrong passwords at once keep nobody out who is known, and cost no more than the queue has room for.
// How long things take meanwhile is measured by `npm run bench -- sign-in-flood`.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import type { Page } from '../../support/page.ts';
import { SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

const QUEUE = 3;
const GUESSES = 44;
const CONCURRENCY = 1;

everyBackend('a flood of wrong passwords', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    const environment = {
      GATELODGE_PASSWORD_QUEUE: String(QUEUE),
      GATELODGE_PASSWORD_CONCURRENCY: String(CONCURRENCY),
      // Slow enough that the queue fills.
      GATELODGE_PASSWORD_PASSES: '10',
    };
    app = await startSignIn(backend, { environment });
  });
  afterAll(() => app.stop());

  /** A stranger at the password page; most of them behind one address, half of them after anna. */
  async function approach(number: number): Promise<() => Promise<Page>> {
    const from = number % 4 > 0 ? '198.51.100.1' : `2001:db8:${number.toString(16)}::1`;
    const options = { headers: { 'x-forwarded-for': from } };
    const page = await app.browser().visit(SIGN_IN, options);
    const login = number % 2 === 0 ? 'anna' : `stranger-${number}`;
    const asked = await page.form('form.stack').submit({ uid_field: login }, { ...options, follow: true });
    return () => asked.form('form.stack').submit({ password: `guess ${number}` }, options);
  }

  it('lets the owner in, fills no more than the queue, and tells the others when to come back', async () => {
    const anna = app.browser();
    await app.signIn(anna, 'anna');
    await anna.cookies.setCookie('gatelodge_session=; Path=/; Max-Age=0', app.origin);
    const guesses = await Promise.all(Array.from({ length: GUESSES }, (_, number) => approach(number)));

    const { passwords } = app.deps;
    let mostPending = 0;
    const watch = setInterval(() => {
      mostPending = Math.max(mostPending, passwords.pending);
    }, 1);
    const flood = Promise.all(guesses.map((guess) => guess()));
    expect((await app.signIn(anna, 'anna')).status).toBe(303);
    expect(await app.whoIs(anna)).toBe('anna');
    const answers = await flood;
    clearInterval(watch);

    expect(mostPending).toBeGreaterThan(CONCURRENCY);
    expect(mostPending).toBeLessThanOrEqual(QUEUE + CONCURRENCY);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([400, 429, 503]);
    for (const { status, headers } of answers) {
      if (status !== 400) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(passwords.pending).toBe(0);
    await app.deps.db.lockout.deleteMany();
    expect((await app.signIn(app.browser(), 'ben')).status).toBe(303);
  });
});
