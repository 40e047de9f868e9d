// How well and how lately somebody must have signed in to open an application: its administrator may say so, and so may
// the service. What the ID token says of it is true.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { setMfaDemand } from '../../../src/identity/access/mfa-demand.ts';
import { updateApplication } from '../../../src/identity/application/application.ts';
import { DEFAULT_ACR, MFA_ACR } from '../../../src/protocol/oidc/acr.ts';
import { giveTotp, type Phone } from '../../signin/stage/authenticator-app.ts';
import { EMBEDDED } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { authorizationUrl, registerService, registerUser, type Service, signIn, walk } from './service.ts';

describe('An application that asks for more', () => {
  let gatelodge: Gatelodge;
  let usual: Service;
  let strict: Service;
  let phone: Phone;
  let codes: (() => string)[];

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    const { db, changes } = gatelodge.deps;
    usual = await registerService(gatelodge, 'wiki');
    strict = await registerService(gatelodge, 'vault');
    await updateApplication(db, changes, strict.applicationId, { mustUseMfa: true });
    await registerUser(gatelodge, 'alice');
    phone = await giveTotp(gatelodge, await registerUser(gatelodge, 'carol'));
    codes = [() => phone.code(0), () => phone.code(1)];
  });
  afterAll(() => gatelodge.stop());

  /** Goes on where a code is asked for, and redeems what comes of it. */
  async function proveByPhone(browser: Browser, service: Service, parameters: Record<string, string> = {}) {
    const { url, checks } = await authorizationUrl(service, parameters);
    let page = await walk(browser, url.href, 'carol');
    expect(page.body).toContain('name="code"');
    page = await page.form().submit({ code: codes.shift()?.() ?? '' });
    const end = await walk(browser, page.location?.href ?? '', 'carol');
    if (!end.location) throw new Error(`No way back: ${end.text()}`);
    return openid.authorizationCodeGrant(service.config, end.location, checks);
  }

  it('is not opened by a password alone: who has no second factor sets one up on the way', async () => {
    const browser = gatelodge.browser();
    await signIn(browser, usual);
    const { url } = await authorizationUrl(strict);
    const page = await walk(browser, url.href);
    expect(page.url.pathname).toBe('/if/flow/default-authentication-flow/');
    expect(page.location).toBeUndefined();
  });

  it('tells the service truly how its people signed in, and asks for nothing twice', async () => {
    const browser = gatelodge.browser();
    const first = await proveByPhone(browser, strict);
    expect(first.claims()).toMatchObject({
      acr: MFA_ACR,
      amr: expect.arrayContaining(['pwd', 'otp', 'mfa']),
    });
    const again = await authorizationUrl(strict);
    expect((await browser.get(again.url.href)).location?.searchParams.get('code')).toBeTruthy();
  });

  it('says of a trusted device that the password alone was used, and asks there for the factor that it demands', async () => {
    const { db, changes } = gatelodge.deps;
    const id = await registerUser(gatelodge, 'dora');
    const dorasPhone = await giveTotp(gatelodge, id);
    const first = gatelodge.browser();
    const code = await walk(first, '/if/flow/default-authentication-flow/', 'dora');
    await code.form().submit({ code: dorasPhone.code(), trust_device: 'on' });
    const cookie = `gatelodge_trusted_${id}`;
    const device = gatelodge.browser();
    await device.cookies.setCookie(`${cookie}=${await first.cookie(cookie)}; Path=/`, gatelodge.origin);
    await setMfaDemand(db, changes, 'everybody');
    const tokens = await signIn(device, usual, { username: 'dora' });
    expect(tokens.claims()).toMatchObject({ acr: DEFAULT_ACR, amr: ['pwd'] });
    const { url } = await authorizationUrl(strict);
    expect((await walk(device, url.href, 'dora')).body).toContain('name="code"');
    await setMfaDemand(db, changes, 'nobody');
  });

  it('refuses prompt=none with a session that is too weak', async () => {
    const browser = gatelodge.browser();
    await signIn(browser, usual);
    const { url } = await authorizationUrl(strict, { prompt: 'none' });
    expect((await browser.get(url.href)).location?.searchParams.get('error')).toBe('login_required');
    const usually = await signIn(browser, usual, { prompt: 'none' });
    expect(usually.claims()?.acr).toBe(DEFAULT_ACR);
  });

  it('takes a second factor where the service prefers it by acr_values, and not where it would only do as well', async () => {
    const browser = gatelodge.browser();
    await signIn(browser, usual);
    const anyWill = await signIn(browser, usual, { acr_values: `${DEFAULT_ACR} ${MFA_ACR}` });
    expect(anyWill.claims()?.acr).toBe(DEFAULT_ACR);
    const unknown = await signIn(browser, usual, { acr_values: 'urn:unheard-of' });
    expect(unknown.claims()?.acr).toBe(DEFAULT_ACR);
    const preferring = await proveByPhone(gatelodge.browser(), usual, { acr_values: MFA_ACR });
    expect(preferring.claims()?.acr).toBe(MFA_ACR);
  });

  it('asks anew for the password when that was longer ago than the application allows', async () => {
    const { db, changes } = gatelodge.deps;
    const browser = gatelodge.browser();
    await signIn(browser, usual);
    await updateApplication(db, changes, usual.applicationId, { maxSessionAgeSeconds: 900 });
    const { url } = await authorizationUrl(usual);
    expect((await browser.get(url.href)).location?.searchParams.get('code')).toBeTruthy();

    await db.session.updateMany({ data: { authenticatedAt: new Date(Date.now() - 1000 * 1000) } });
    const old = await authorizationUrl(usual, { max_age: '100000' });
    expect((await browser.visit(old.url.href)).body).toContain('name="password"');
    const fresh = await signIn(browser, usual);
    expect(Date.now() / 1000 - (fresh.claims()?.auth_time ?? 0)).toBeLessThan(60);
    await updateApplication(db, changes, usual.applicationId, { maxSessionAgeSeconds: null });
  });

  it('says what it can tell in its discovery document', () => {
    expect(usual.config.serverMetadata().acr_values_supported).toEqual([DEFAULT_ACR, MFA_ACR]);
  });

  it('is set up over the API', async () => {
    const fields = { mfa_required: true, max_session_age: 3600 };
    const { status, body } = await gatelodge.api('PATCH', '/core/applications/wiki/', fields);
    expect([status, body]).toEqual([200, expect.objectContaining(fields)]);
    const refused = await gatelodge.api('PATCH', '/core/applications/wiki/', { max_session_age: 5 });
    expect(refused.status).toBe(400);
  });
});
