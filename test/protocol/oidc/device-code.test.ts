// Devices without a browser of their own (RFC 8628): they show a code, a person types it on the telephone.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createBinding } from '../../../src/identity/access/binding.ts';
import { listConsents } from '../../../src/identity/access/consent.ts';
import { createGroup } from '../../../src/identity/group/group.ts';
import { updateUser } from '../../../src/identity/user/user.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { recordedEvents, registerService, registerUser, type Service, walk } from './service.ts';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code' as const;
const DEVICE = { grantTypes: [DEVICE_CODE, 'refresh_token' as const], redirectUris: [] };

interface DeviceAnswer {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
}

everyBackend('A device', (backend) => {
  let gatelodge: Gatelodge;
  let television: Service;
  let printer: Service;
  let safe: Service;
  let alice: number;
  let phone: Browser;

  beforeAll(async () => {
    const environment = { GATELODGE_TRUSTED_PROXIES: '127.0.0.0/8,::1/128' };
    gatelodge = await startGatelodge({ ...backend, environment });
    const { db, changes } = gatelodge.deps;
    television = await registerService(gatelodge, 'television', { ...DEVICE, clientType: 'public' });
    printer = await registerService(gatelodge, 'printer', { ...DEVICE, consentMode: 'explicit' });
    safe = await registerService(gatelodge, 'safe', { ...DEVICE, clientType: 'public' });
    alice = await registerUser(gatelodge, 'alice');
    const { id: groupId } = await createGroup(db, changes, { name: 'bankers' });
    await createBinding(db, changes, { applicationId: safe.applicationId, groupId });
  });
  beforeEach(() => {
    phone = gatelodge.browser();
  });
  afterAll(() => gatelodge.stop());

  let lastAddress = 0;
  /** Every device in a house of its own, so that they do not use up each other's requests. */
  function post(path: string, as: Service, fields: Record<string, string>): Promise<Page> {
    lastAddress += 1;
    const isPublic = as !== printer;
    const headers = {
      'x-forwarded-for': `198.51.100.${lastAddress}`,
      ...(!isPublic && {
        authorization: `Basic ${Buffer.from(`${as.clientId}:${as.clientSecret}`).toString('base64')}`,
      }),
    };
    const form = { ...(isPublic && { client_id: as.clientId }), ...fields };
    return gatelodge.browser().post(path, form, { headers });
  }

  async function begin(as: Service, scope = 'openid profile offline_access'): Promise<DeviceAnswer> {
    return (await post('/application/o/device/', as, { scope })).json<DeviceAnswer>();
  }

  function poll(as: Service, { device_code }: DeviceAnswer): Promise<Page> {
    return post('/application/o/token/', as, { grant_type: DEVICE_CODE, device_code });
  }

  async function userinfo(accessToken: string): Promise<Page> {
    const headers = { authorization: `Bearer ${accessToken}` };
    return gatelodge.browser().get('/application/o/userinfo/', { headers });
  }

  /** Signs in on the telephone, types the code, and comes to the page that asks. */
  async function open(device: DeviceAnswer, username = 'alice'): Promise<Page> {
    const page = await walk(phone, device.verification_uri_complete, username);
    return page.form().submit();
  }

  it('is told where to send the person, how often it may ask, and until when', async () => {
    const device = await begin(television);
    expect(device).toMatchObject({ expires_in: 600, interval: 5 });
    expect(device.user_code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
    expect(device.verification_uri).toBe(`${gatelodge.origin}/device`);
    expect(device.verification_uri_complete).toBe(`${gatelodge.origin}/device?code=${device.user_code}`);
    expect((await poll(television, device)).json()).toMatchObject({ error: 'authorization_pending' });
  });

  it('gets tokens of the person who typed its code and agreed', async () => {
    const device = await begin(television);
    const page = await walk(phone, '/device');
    expect(faultsOf(page.body)).toEqual([]);
    const asked = await page.form().submit({ code: device.user_code.toLowerCase().replace('-', ' ') });
    expect(faultsOf(asked.body)).toEqual([]);
    expect(asked.text()).toContain('The television');
    expect(asked.text()).toContain(device.user_code);
    expect((await poll(television, device)).json()).toMatchObject({ error: 'authorization_pending' });
    const done = await asked.form().submit({ answer: 'accept' });
    expect(faultsOf(done.body)).toEqual([]);
    const answer = await poll(television, device);
    expect(answer.json()).toMatchObject({
      token_type: 'Bearer',
      id_token: expect.any(String),
      refresh_token: expect.any(String),
      scope: 'openid profile offline_access',
    });
    const { access_token: token } = answer.json<{ access_token: string }>();
    expect((await userinfo(token)).json()).toMatchObject({ preferred_username: 'alice' });
    expect(await recordedEvents(gatelodge, 'authorize_application')).toContain('device code');
  });

  it('outlives the session on the telephone, but not the user', async () => {
    const device = await begin(television);
    await (await open(device)).form().submit({ answer: 'accept' });
    await gatelodge.deps.sessions.endAllOf(alice);
    const tokens = (await poll(television, device)).json<{ access_token: string; refresh_token: string }>();
    expect((await userinfo(tokens.access_token)).status).toBe(200);
    const { db, changes } = gatelodge.deps;
    await updateUser(db, changes, alice, { isActive: false });
    expect((await userinfo(tokens.access_token)).status).toBe(401);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect((await post('/application/o/token/', television, refresh)).status).toBe(400);
    await updateUser(db, changes, alice, { isActive: true });
  });

  it('hears that the person declined', async () => {
    const device = await begin(television);
    const page = await (await open(device)).form().submit({ answer: 'decline' });
    expect(page.text()).toContain('The device is not signed in');
    expect((await poll(television, device)).json()).toMatchObject({ error: 'access_denied' });
  });

  it('redeems its code once, and loses everything when it comes again', async () => {
    const device = await begin(television);
    await (await open(device)).form().submit({ answer: 'accept' });
    const { access_token: token } = (await poll(television, device)).json<{ access_token: string }>();
    expect((await poll(television, device)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await userinfo(token)).status).toBe(401);
  });

  it('lets one of twenty parallel requests win', async () => {
    const device = await begin(television);
    await (await open(device)).form().submit({ answer: 'accept' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => poll(television, device)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
  });

  it('is answered once: a code that was granted or declined is no code any more', async () => {
    const device = await begin(television);
    const page = await open(device);
    await page.form().submit({ answer: 'accept' });
    const again = await page.form().submit({ answer: 'decline' });
    expect(again.status).toBe(400);
    expect((await poll(television, device)).status).toBe(200);
  });

  it('hears that its code has expired', async () => {
    const device = await begin(television);
    const { db, artefacts } = gatelodge.deps;
    const stored = await artefacts.find('DeviceCode', device.device_code);
    const payload = { ...stored?.payload, exp: Math.floor(Date.now() / 1000) - 1 };
    const kept = { model: 'DeviceCode', payload, grantId: undefined, sessionId: undefined };
    const uid = device.user_code.replace('-', '');
    const expiresAt = new Date(Date.now() + 60_000);
    await artefacts.upsert(device.device_code, { ...kept, uid, expiresAt });
    expect((await poll(television, device)).json()).toMatchObject({ error: 'expired_token' });
    expect((await open(device)).text()).toContain('no such code');
    await db.lockout.deleteMany();
  });

  it('must prove its client when that has a secret (CVE-2024-38371)', async () => {
    const stranger = await gatelodge.browser().post('/application/o/device/', { client_id: 'printer' });
    expect([stranger.status, stranger.json()]).toMatchObject([401, { error: 'invalid_client' }]);
    const device = await begin(printer);
    await (await open(device)).form().submit({ answer: 'accept' });
    const form = { client_id: 'printer', grant_type: DEVICE_CODE, device_code: device.device_code };
    expect((await gatelodge.browser().post('/application/o/token/', form)).status).toBe(401);
    expect((await poll(television, device)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await poll(printer, device)).status).toBe(200);
    expect(await listConsents(gatelodge.deps.db, alice)).toMatchObject([
      { application: { slug: 'printer' }, scopes: ['openid', 'profile', 'offline_access'] },
    ]);
  });

  it('holds access rules and scopes (CVE-2024-38371)', async () => {
    const device = await begin(safe, 'openid goauthentik.io/api');
    const page = await open(device);
    expect(page.status).toBe(403);
    expect(page.text()).toContain('bankers');
    const { _csrf = '' } = (await phone.get('/device')).form().fields;
    const unasked = await phone.post('/device/answer', { _csrf, code: device.user_code, answer: 'accept' });
    expect(unasked.status).toBe(403);
    expect(unasked.text()).toContain('bankers');
    expect((await poll(safe, device)).json()).toMatchObject({ error: 'authorization_pending' });

    const allowed = await begin(television, 'openid goauthentik.io/api nonsense');
    await (await open(allowed)).form().submit({ answer: 'accept' });
    expect((await poll(television, allowed)).json()).toMatchObject({ scope: 'openid' });
  });

  it('is refused when rules change between the person’s yes and its question', async () => {
    const device = await begin(television);
    await (await open(device)).form().submit({ answer: 'accept' });
    const { db, changes } = gatelodge.deps;
    const group = await db.group.findUniqueOrThrow({ where: { name: 'bankers' } });
    const binding = await createBinding(db, changes, {
      applicationId: television.applicationId,
      groupId: group.id,
    });
    expect((await poll(television, device)).json()).toMatchObject({ error: 'invalid_grant' });
    await db.accessBinding.delete({ where: { id: binding.id } });
    changes.publish('application', { id: television.applicationId });
  });

  it('cannot be let in by a stranger’s page, nor by nobody', async () => {
    const device = await begin(television);
    const page = await open(device);
    const headers = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' };
    const forged = await page.form().submit({ answer: 'accept' }, { headers });
    expect(forged.status).toBe(403);
    const nobody = await gatelodge.browser().get(device.verification_uri_complete);
    expect(nobody.location?.pathname).toBe('/if/flow/default-authentication-flow/');
  });

  it('keeps people from guessing codes', async () => {
    let page = await walk(phone, '/device');
    for (let count = 0; count < 5; count++) page = await page.form().submit({ code: 'BBBB-BBBB' });
    expect(page.status).toBe(400);
    const device = await begin(television);
    const right = await page.form().submit({ code: device.user_code });
    expect(right.status).toBe(429);
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(0);
    await gatelodge.deps.db.lockout.deleteMany();
  });

  it('has to wait when its address has asked for too many codes', async () => {
    const ask = () => gatelodge.browser().post('/application/o/device/', { client_id: 'television' });
    for (let count = 0; count < 20; count++) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect([refused.status, refused.json()]).toMatchObject([429, { error: 'slow_down' }]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});
