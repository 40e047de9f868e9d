// A trusted device spares its person the second factor, and nobody else, and not for ever: every way to end the trust
// ends it, and whoever asks for fresh or strong proof is given it.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setMfaDemand } from '../../../src/identity/access/mfa-demand.ts';
import { setSignInRules } from '../../../src/identity/installation/sign-in-rule.ts';
import type { User } from '../../../src/identity/user/user.ts';
import { addEmailDevice } from '../../../src/signin/stage/email-code/email-device.ts';
import { issueRecoveryLink } from '../../../src/signin/stage/recovery-link/recovery-link.ts';
import { deleteDevice } from '../../../src/signin/stage/second-factor/device.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { ADMIN_PASSWORD } from '../../support/gatelodge.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { createPersonWith } from '../../support/person.ts';
import { PASSWORD, type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { giveTotp, type Phone } from '../stage/authenticator-app.ts';

const RULES = { trustRule: 'everybody', areEmailCodesAllowed: true } as const;

everyBackend('a trusted device', (backend) => {
  let app: SignInApp;
  let user: User;
  let phone: Phone;
  let browser: Browser;
  let count = 0;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  beforeEach(async () => {
    const { db } = app.deps;
    await db.lockout.deleteMany();
    await setSignInRules(db, RULES);
    await setMfaDemand(db, app.deps.changes, 'nobody');
    count += 1;
    user = await createPersonWith(PASSWORD, app, { username: `person-${count}` });
    phone = await giveTotp(app, user.id);
    browser = app.browser();
    await trust(browser);
  });
  afterAll(() => app.stop());

  async function trust(signing: Browser): Promise<void> {
    const page = await (await app.signIn(signing, user.username)).followRedirect();
    expect(faultsOf(page.body)).toEqual([]);
    await page.form().submit({ code: phone.code(), trust_device: 'on' });
    expect(await app.whoIs(signing)).toBe(user.username);
  }

  /** A browser that has the cookie by which this one is trusted, and no other. */
  async function sameDevice(name = `gatelodge_trusted_${user.id}`, value?: string): Promise<Browser> {
    const token = value ?? (await browser.cookie(`gatelodge_trusted_${user.id}`));
    const other = app.browser();
    await other.cookies.setCookie(`${name}=${token}; Path=/`, app.origin);
    return other;
  }

  async function isAsked(signing: Browser, login = user.username): Promise<boolean> {
    const answer = await app.signIn(signing, login);
    const isIn = (await app.whoIs(signing)) === login;
    if (!isIn) expect((await answer.followRedirect()).text('label')).toBe('Code');
    return !isIn;
  }

  it('is asked for the password alone, and the session says so to nobody', async () => {
    const device = await sameDevice();
    expect(await isAsked(device)).toBe(false);
    const [, session] = (await app.deps.sessions.list(user.id)).sort((a, b) => +a.createdAt - +b.createdAt);
    expect(session?.methods).toEqual(['pwd', 'trusted-device']);
    expect(await isAsked(app.browser())).toBe(true);
  });

  it('is kept by its hash, and its cookie is for this host and no script', async () => {
    const [row] = await app.deps.db.trustedDevice.findMany({ where: { userId: user.id } });
    const token = await browser.cookie(`gatelodge_trusted_${user.id}`);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(row)).not.toContain(token);
    const cookies = await browser.cookies.getCookies(app.origin);
    expect(cookies.find(({ value }) => value === token)).toMatchObject({ httpOnly: true, sameSite: 'lax' });
  });

  it.each([
    ['forged', () => sameDevice(undefined, 'f'.repeat(43))],
    ['malformed', () => sameDevice(undefined, 'x')],
    ['under another name', () => sameDevice('gatelodge_trusted_1')],
  ])('is not one whose cookie is %s', async (_, device) => {
    expect(await isAsked(await device())).toBe(true);
  });

  it('is not one for another person who signs in with it', async () => {
    await giveTotp(app, app.ben.id);
    const token = await browser.cookie(`gatelodge_trusted_${user.id}`);
    const device = await sameDevice(`gatelodge_trusted_${app.ben.id}`, token);
    expect(await isAsked(device, 'ben')).toBe(true);
    await app.deps.db.totpDevice.deleteMany({ where: { userId: app.ben.id } });
  });

  it('is not one after thirty days', async () => {
    const device = await sameDevice();
    const rows = { where: { userId: user.id } };
    const [row] = await app.deps.db.trustedDevice.findMany(rows);
    expect(Math.round((+(row?.expiresAt ?? 0) - Date.now()) / 86_400_000)).toBe(30);
    await app.deps.db.trustedDevice.updateMany({ ...rows, data: { expiresAt: new Date() } });
    expect(await isAsked(device)).toBe(true);
  });

  it('gets a new cookie each time, so that a planted one is never trusted', async () => {
    const victim = await sameDevice(undefined, 'p'.repeat(43));
    const page = await (await app.signIn(victim, user.username)).followRedirect();
    await page.form().submit({ code: phone.code(1), trust_device: 'on' });
    expect(await victim.cookie(`gatelodge_trusted_${user.id}`)).not.toBe('p'.repeat(43));
    expect(await isAsked(await sameDevice(undefined, 'p'.repeat(43)))).toBe(true);
  });

  it.each([
    ['the password is changed', changePassword],
    ['a factor is removed', removeFactor],
    ['they sign out everywhere', () => app.deps.sessions.endAllOf(user.id)],
    ['they say so on the page of their devices', forgetOnPage],
    ['an administrator says so', forgetAsAdministrator],
    ['the rules allow nobody any', () => setSignInRules(app.deps.db, { trustRule: 'nobody' })],
  ])('is one no longer when %s', async (_, end) => {
    const device = await sameDevice();
    await end();
    expect(await isAsked(device)).toBe(true);
  });

  it('is none for administrators, where the rules say so', async () => {
    const { db } = app.deps;
    const group = await db.group.findFirstOrThrow({ where: { isSuperuser: true } });
    const device = await sameDevice();
    await db.groupMembership.create({ data: { groupId: group.id, userId: user.id } });
    expect(await isAsked(device)).toBe(false);
    await setSignInRules(db, { trustRule: 'all_but_administrators' });
    expect(await isAsked(await sameDevice())).toBe(true);
  });

  it('satisfies our own rules, but no application that demands a second factor', async () => {
    const { db } = app.deps;
    await setMfaDemand(db, app.deps.changes, 'everybody');
    const device = await sameDevice();
    expect(await isAsked(device)).toBe(false);
    const vault = await db.application.create({
      data: { slug: `vault-${count}`, name: 'Vault', mustUseMfa: true },
    });
    const page = await device.visit(await app.ask(device, { applicationId: vault.id }));
    expect(page.text('label')).toBe('Code');
  });

  it.each([
    ['confirmation before a sensitive act', { forceLogin: true }],
    ['a fresh sign-in', { maxAgeSeconds: 0 }],
    ['two factors', { mustUseMfa: true }],
  ])('does not do for %s', async (_, requirements) => {
    const device = await sameDevice();
    const name = await device.visit(await app.ask(device, { requirements }));
    const password = await name.form().submit({ uid_field: user.username }, { follow: true });
    const page = await password.form().submit({ password: PASSWORD }, { follow: true });
    expect(page.text('label')).toBe('Code');
  });

  it('does not do when an account is recovered', async () => {
    const device = await sameDevice();
    const link = await device.visit(await issueRecoveryLink(app.deps.db, user.id));
    const page = await link.form('form.stack').submit({}, { follow: true });
    expect(page.text('label')).toBe('Code');
  });

  it('is not offered where the rules allow nobody any, and a forged wish is nothing', async () => {
    await setSignInRules(app.deps.db, { trustRule: 'nobody' });
    const other = app.browser();
    const page = await (await app.signIn(other, user.username)).followRedirect();
    expect(page.body).not.toContain('trust_device');
    await page.form().submit({ code: phone.code(1), trust_device: 'on' });
    expect(await app.whoIs(other)).toBe(user.username);
    expect(await other.cookie(`gatelodge_trusted_${user.id}`)).toBeUndefined();
  });

  async function changePassword(): Promise<void> {
    const answer = await app.api('POST', `/core/users/${user.id}/set_password/`, { password: PASSWORD });
    expect(answer.status).toBe(204);
  }

  async function removeFactor(): Promise<void> {
    const { db } = app.deps;
    await addEmailDevice(db, user.id, 'Mail');
    const device = await db.emailDevice.findUniqueOrThrow({ where: { userId: user.id } });
    await deleteDevice(db, user.id, { kind: 'email', id: device.id });
  }

  async function forgetOnPage(): Promise<void> {
    const page = await browser.visit('/if/user/devices/');
    expect([page.text('main'), faultsOf(page.body)]).toEqual([
      expect.stringContaining('Trusted devices'),
      [],
    ]);
    await page.form('form[action*="/trusted/"]').submit({}, { follow: true });
  }

  async function forgetAsAdministrator(): Promise<void> {
    const administrator = app.browser();
    await app.signIn(administrator, 'akadmin', ADMIN_PASSWORD);
    const path = `/if/admin/users/${user.id}/`;
    const page = await administrator.visit(path);
    await page.form(`form[action="${path}distrust/"]`).submit({}, { follow: true });
  }
});
