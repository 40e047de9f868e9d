import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { getMfaDemand, setMfaDemand } from '../../../src/identity/access/mfa-demand.ts';
import { submitAt } from '../../operation/household.ts';
import { everyBackend } from '../../support/backends.ts';
import { ADMIN_PASSWORD } from '../../support/gatelodge.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { codeOf, giveTotp } from './authenticator-app.ts';

const RULES = '/if/admin/sign-in-rules/';

everyBackend('a second factor that is demanded', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  afterAll(() => app.stop());

  it('is set up inside the sign-in, which then goes on', async () => {
    await setMfaDemand(app.deps.db, app.deps.changes, 'everybody');
    const browser = app.browser();
    const choice = await (await app.signIn(browser, 'anna')).followRedirect();
    expect(choice.text('h1')).toBe('Set up a second factor');
    expect(faultsOf(choice.body)).toEqual([]);
    expect(await app.whoIs(browser)).toBeUndefined();

    const key = await choice.form().submit({ enrolment: 'webauthn' }, { follow: true });
    expect(key.text('h1')).toBe('Make a passkey');
    expect(faultsOf(key.body)).toEqual([]);
    const other = await key
      .form('form:has([value=enrolment])')
      .submit({ enrolment: 'another' }, { follow: true });
    const setUp = await other.form().submit({ enrolment: 'totp' }, { follow: true });
    expect(faultsOf(setUp.body)).toEqual([]);
    const secret = setUp.text('.copy-value code').replaceAll(' ', '');
    expect((await setUp.form().submit({ code: '000000' })).status).toBe(400);
    expect(await app.whoIs(browser)).toBeUndefined();
    const codes = await setUp.form().submit({ code: codeOf(secret) }, { follow: true });
    expect([codes.text('h1'), faultsOf(codes.body)]).toEqual(['Put these codes by', []]);
    expect(codes.text('.recovery-codes code').split(' ')).toHaveLength(10);
    expect(await app.whoIs(browser)).toBeUndefined();
    await codes.form().submit();
    expect(await app.whoIs(browser)).toBe('anna');
    const [session] = await app.deps.sessions.list(app.anna.id);
    expect(session?.methods).toEqual(['pwd', 'otp', 'mfa']);
    await setMfaDemand(app.deps.db, app.deps.changes, 'nobody');
  });

  it('may be demanded of the members of a group, also through its descendants', async () => {
    const { db } = app.deps;
    const staff = await db.group.create({ data: { name: 'staff', mustUseMfa: true } });
    const night = await db.group.create({
      data: { name: 'night shift', parents: { create: { parentId: staff.id } } },
    });
    await db.groupMembership.create({ data: { groupId: night.id, userId: app.ben.id } });
    const page = await (await app.signIn(app.browser(), 'ben')).followRedirect();
    expect(page.text('h1')).toBe('Set up a second factor');
    await db.group.deleteMany({ where: { id: { in: [staff.id, night.id] } } });
  });

  it('may be demanded by an application, of a session that has none yet: without a second password', async () => {
    const { db } = app.deps;
    const vault = await db.application.create({ data: { slug: 'vault', name: 'Vault', mustUseMfa: true } });
    const browser = app.browser();
    await app.signIn(browser, 'ben');
    expect(await app.whoIs(browser)).toBe('ben');
    const phone = await giveTotp(app, app.ben.id);
    const address = await app.ask(browser, { applicationId: vault.id });
    const page = await browser.get(address);
    expect(page.text('label')).toBe('Code');
    const done = await page.form().submit({ code: phone.code() });
    expect(done.location?.pathname).toBe('/landing/');
    const [session] = await app.deps.sessions.list(app.ben.id);
    expect(session?.methods).toEqual(['pwd', 'otp', 'mfa']);
    expect((await browser.get(await app.ask(browser, { applicationId: vault.id }))).location?.pathname).toBe(
      '/landing/',
    );
  });

  it('is switched on by an administrator, for administrators alone if they like', async () => {
    const admin = app.browser();
    await app.signIn(admin, 'akadmin', ADMIN_PASSWORD);
    const page = await admin.visit(RULES);
    expect(faultsOf(page.body)).toEqual([]);
    expect(page.text('.key-value')).toContain('Vault');
    await submitAt(admin, RULES, { demand: 'administrators', trust: 'everybody' });
    expect(await getMfaDemand(app.deps.db)).toBe('administrators');
    const again = await (await app.signIn(app.browser(), 'akadmin', ADMIN_PASSWORD)).followRedirect();
    expect(again.text('h1')).toBe('Set up a second factor');
    await setMfaDemand(app.deps.db, app.deps.changes, 'nobody');
  });

  it('is taken away by an administrator when everything is lost', async () => {
    const admin = app.browser();
    await app.signIn(admin, 'akadmin', ADMIN_PASSWORD);
    const user = `/if/admin/users/${app.ben.id}/`;
    expect((await admin.visit(user)).text('main')).toContain(
      'One passkey, security key, authenticator app, or codes by e-mail.',
    );
    await submitAt(admin, user, {}, `${user}remove-factors/`);
    expect(await app.deps.db.totpDevice.count({ where: { userId: app.ben.id } })).toBe(0);
    const browser = app.browser();
    await app.signIn(browser, 'ben');
    expect(await app.whoIs(browser)).toBe('ben');
  });
});
