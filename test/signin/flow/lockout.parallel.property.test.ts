import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import { PASSWORD, SIGN_IN, type SignInApp, startSignIn } from './signin-app.ts';

everyBackend('guessing', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  beforeEach(() => app.deps.db.lockout.deleteMany());
  afterAll(() => app.stop());

  /** Many tries at one moment, each in a browser of its own and, behind the proxy, from an address of its own. */
  async function guess(login: string, passwords: readonly string[]): Promise<number[]> {
    const pages = await Promise.all(
      passwords.map(async (_, index) => {
        const headers = { 'x-forwarded-for': `198.51.100.${index}` };
        const browser = app.browser({ headers });
        return (await browser.get(SIGN_IN)).form().submit({ uid_field: login }, { follow: true });
      }),
    );
    const answers = await Promise.all(
      pages.map((page, index) => page.form().submit({ password: passwords[index] ?? '' })),
    );
    return answers.map(({ status }) => status);
  }

  it('is stopped after five tries, also when twelve come at once with the right one among the last', async () => {
    const verify = jest.spyOn(app.deps.passwords, 'verify');
    const statuses = await guess('anna', [...Array(12).fill('wrong')]);
    expect(statuses).toEqual(Array(12).fill(400));
    const looked = await Promise.all(verify.mock.calls.map(([hash]) => hash !== undefined));
    expect(looked.filter(Boolean)).toHaveLength(5);
    expect(await app.whoIs(app.browser())).toBeUndefined();
    const [status] = await guess('anna', [PASSWORD]);
    expect(status).toBe(400);
    verify.mockRestore();
  });

  it('from one address is told to wait, with Retry-After, whoever is guessed at', async () => {
    for (let count = 0; count < 20; count++) {
      const attempt = await app.signIn(app.browser(), `name-${count}`, 'wrong');
      expect(attempt.status).toBe(400);
    }
    const answer = await app.signIn(app.browser(), 'anna', PASSWORD);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.text()).toContain('too many failed attempts from your network');
  });

  it('is forgotten once the right password came', async () => {
    for (const password of ['wrong', 'wrong', 'wrong', 'wrong', PASSWORD]) await guess('ben', [password]);
    expect(await guess('ben', ['wrong', 'wrong', 'wrong', 'wrong'])).toEqual([400, 400, 400, 400]);
    expect(await guess('ben', [PASSWORD])).toEqual([303]);
  });
});
