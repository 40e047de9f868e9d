import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { PASSWORD, SIGN_IN, type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { codeOf } from './authenticator-app.ts';

const DEVICES = '/if/user/devices/';

everyBackend("a person's own second factors", (backend) => {
  let app: SignInApp;
  let anna: Browser;
  beforeAll(async () => {
    app = await startSignIn(backend);
    anna = app.browser();
    await app.signIn(anna, 'anna');
  });
  afterAll(() => app.stop());

  const devicesOf = (userId: number) => app.deps.db.totpDevice.findMany({ where: { userId } });

  it('are none at first, and the page says what that means', async () => {
    const page = await anna.visit(DEVICES);
    expect(page.text('.empty')).toContain('Only your password protects this account');
    expect(faultsOf(page.body)).toEqual([]);
  });

  it('begin with a QR code that is scanned or typed, and count once the app has shown a code', async () => {
    const choice = await anna.visit(`${DEVICES}add/`);
    expect(faultsOf(choice.body)).toEqual([]);
    const shown = await choice.form('form[action$="/begin/"]').submit({}, { follow: true });
    expect(faultsOf(shown.body)).toEqual([]);
    expect(shown.document.querySelector('svg.qr path')?.getAttribute('d')).toMatch(/^M/);
    const secret = shown.text('.copy-value code').replaceAll(' ', '');

    const wrong = await shown.form('main form').submit({ name: 'My phone', code: '000000' });
    expect(wrong.status).toBe(400);
    expect((await devicesOf(app.anna.id)).map(({ confirmedAt }) => confirmedAt)).toEqual([null]);
    const other = app.browser();
    await app.signIn(other, 'anna');
    expect(await app.whoIs(other)).toBe('anna');

    const code = codeOf(secret);
    const next = await wrong.form('main form').submit({ name: 'My phone', code }, { follow: true });
    expect(next.url.pathname).toBe(`${DEVICES}recovery-codes/`);
    expect((await devicesOf(app.anna.id))[0]?.name).toBe('My phone');
    const third = app.browser();
    await app.signIn(third, 'anna');
    expect(await app.whoIs(third)).toBeUndefined();
  });

  it('come with ten recovery codes, shown once, to copy, print or download', async () => {
    const page = await anna.visit(`${DEVICES}recovery-codes/`);
    expect(faultsOf(page.body)).toEqual([]);
    const made = await page.form('main form').submit();
    expect(faultsOf(made.body)).toEqual([]);
    const codes = made.text('.recovery-codes code').split(' ');
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    const file = made.document.querySelector('a[download]')?.getAttribute('href') ?? '';
    expect(decodeURIComponent(file)).toContain(codes.join('\r\n'));
    expect((await anna.visit(DEVICES)).text('main')).toContain('10 codes are left');
    expect(JSON.stringify(await app.deps.db.recoveryCode.findMany())).not.toContain(codes[0]);
  });

  it('can be renamed', async () => {
    const [device] = await devicesOf(app.anna.id);
    const path = `${DEVICES}totp/${device?.id}/`;
    const page = await anna.visit(path);
    expect(faultsOf(page.body)).toEqual([]);
    const list = await page.form(`form[action="${path}"]`).submit({ name: 'Old phone' }, { follow: true });
    expect(list.text('.plain-list')).toContain('Old phone');
  });

  it("are nobody else's business", async () => {
    const ben = app.browser();
    await app.signIn(ben, 'ben');
    const [device] = await devicesOf(app.anna.id);
    expect((await ben.get(`${DEVICES}totp/${device?.id}/`)).status).toBe(404);
    const token = (await ben.visit(`${DEVICES}add/`)).form('main form').fields._csrf ?? '';
    const answer = await ben.post(
      `${DEVICES}totp/${device?.id}/remove/`,
      { _csrf: token },
      { headers: { origin: app.origin } },
    );
    expect(answer.status).toBe(404);
    expect(await devicesOf(app.anna.id)).toHaveLength(1);
  });

  it('change only for somebody who has just proved who they are', async () => {
    const { db, sessions } = app.deps;
    const session = await sessions.find(await anna.cookie('gatelodge_session'));
    const longAgo = new Date(Date.now() - 11 * 60_000);
    const old = app.browser();
    const started = await sessions.start(
      app.anna,
      { address: '127.0.0.1', userAgent: '' },
      {
        methods: session?.methods ?? [],
        authenticatedAt: longAgo,
        isPersistent: false,
      },
    );
    await old.cookies.setCookie(`gatelodge_session=${started.token}; Path=/`, app.origin);
    expect((await old.visit(DEVICES)).url.pathname).toBe(DEVICES);
    expect((await old.visit(`${DEVICES}add/`)).url.pathname).toBe(SIGN_IN);
    expect(await db.totpDevice.count({ where: { userId: app.anna.id } })).toBe(1);
  });

  it('warn before the last one goes, and take the recovery codes with it', async () => {
    const [device] = await devicesOf(app.anna.id);
    const path = `${DEVICES}totp/${device?.id}/`;
    const page = await anna.visit(path);
    expect(page.text('main')).toContain('is your only second factor');
    await page.form(`form[action="${path}remove/"]`).submit({}, { follow: true });
    expect(await devicesOf(app.anna.id)).toEqual([]);
    expect(await app.deps.db.recoveryCode.count()).toBe(0);
    const other = app.browser();
    await app.signIn(other, 'anna', PASSWORD);
    expect(await app.whoIs(other)).toBe('anna');
  });
});
