// Access tokens at the gate: good for the application that they were issued to, or that trusts their client, for as long
// as the person behind them may come in; and for nothing else (CVE-2024-47077).
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { updateApplication } from '../../../src/identity/application/application.ts';
import { updateUser } from '../../../src/identity/user/user.ts';
import { createAppPassword } from '../../support/api-client.ts';
import { everyBackend } from '../../support/backends.ts';
import { Browser } from '../../support/browser.ts';
import { registerService, registerUser, type Service, signIn } from '../oidc/service.ts';
import { ANNA, type Gate, openGate, type ProtectedIds } from './gate.ts';
import { sendRaw } from './raw-request.ts';

const APP = 'https://app.home.test';
const OTHER = 'https://other.home.test';
const APP_PASSWORD = 'an-app-password-0123456789-abcdefghij';
const MACHINE = { grantTypes: ['client_credentials'] as 'client_credentials'[], redirectUris: [] };

everyBackend('an access token at the gate', (backend) => {
  let gate: Gate;
  let app: ProtectedIds;
  let other: ProtectedIds;
  let trusted: Service;

  beforeAll(async () => {
    gate = await openGate(backend, { GATELODGE_URL: '' });
    app = await gate.protect({ slug: 'app', externalHost: APP, groups: ['media'] });
    other = await gate.protect({ slug: 'other', externalHost: OTHER });
    trusted = await registerService({ ...gate.gatelodge, origin: gate.origin }, 'trusted', MACHINE);
    for (const username of ['anna', 'bert']) {
      await createAppPassword(gate.api, username, `${username}-${APP_PASSWORD}`);
    }
  });
  afterAll(() => gate?.gatelodge.stop());

  const userNamed = (username: string) =>
    gate.gatelodge.deps.db.user.findFirstOrThrow({ where: { username } });
  const clientIdOf = async ({ providerId }: ProtectedIds) =>
    String((await gate.api('GET', `providers/proxy/${providerId}/`)).client_id);

  async function tokenFor(clientId: string, username = 'anna'): Promise<string> {
    const form = { grant_type: 'client_credentials', client_id: clientId, scope: 'openid profile' };
    const password = `${username}-${APP_PASSWORD}`;
    const answer = await new Browser({ origin: gate.origin }).post('/application/o/token/', {
      ...form,
      ...{ username, password },
    });
    expect(answer.status).toBe(200);
    return answer.json<{ access_token: string }>().access_token;
  }

  async function ask(authorization: string, host = APP) {
    const lines = ['GET /outpost.goauthentik.io/auth/nginx HTTP/1.1', `Host: ${new URL(host).host}`];
    return sendRaw(gate.origin, [...lines, `X-Original-URL: ${host}/`, `Authorization: ${authorization}`]);
  }

  const bearer = async (token: string, host = APP) => (await ask(`Bearer ${token}`, host)).status;
  const basic = (user: string, password: string) =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  it('of the application itself says who is asking', async () => {
    const token = await tokenFor(await clientIdOf(app));
    for (const authorization of [
      `Bearer ${token}`,
      `bearer ${token}`,
      basic('goauthentik.io/token', token),
    ]) {
      const { status, headers } = await ask(authorization);
      expect(status).toBe(200);
      expect(headers['x-authentik-username']).toEqual([ANNA.username]);
      expect(headers['x-authentik-groups']).toEqual([ANNA.groups.join('|')]);
    }
  });

  it('of another application opens nothing, and neither does one that is not ours', async () => {
    const token = await tokenFor(await clientIdOf(other));
    expect(await bearer(token, OTHER)).toBe(200);
    expect(await bearer(token, APP)).toBe(401);
    const own = await tokenFor(await clientIdOf(app));
    const [header = '', payload = '', signature = ''] = own.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const forged of [
      `${none}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}.${payload}`,
      own.slice(1),
      `${own}x`,
      'x'.repeat(7000),
    ]) {
      expect(await bearer(forged)).toBe(401);
      expect((await ask(basic('goauthentik.io/token', forged))).status).toBe(401);
    }
    expect((await ask(basic('anna', own))).status).toBe(401);
  });

  it('of a client that the application trusts opens it, for as long as it does', async () => {
    const token = await tokenFor('trusted');
    expect(await bearer(token)).toBe(401);
    const trust = async (jwt_federation_providers: number[]) => {
      await gate.api('PATCH', `providers/proxy/${app.providerId}/`, { jwt_federation_providers });
      await sleep(1000);
    };
    await trust([trusted.providerId]);
    expect(await bearer(token)).toBe(200);
    expect(await bearer(token, OTHER)).toBe(401);
    await trust([]);
    expect(await bearer(token)).toBe(401);
  });

  it('does not get round the access rules', async () => {
    const token = await tokenFor(await clientIdOf(app), 'bert');
    expect(await bearer(token)).toBe(200);
    const { id } = await userNamed('bert');
    const found = await gate.api('GET', 'core/groups/?name=media');
    const [{ pk }] = found.results as [{ pk: string }];
    await gate.api('POST', `core/groups/${pk}/remove_user/`, { pk: id });
    await gate.settle();
    expect(await bearer(token)).not.toBe(200);
    await gate.api('POST', `core/groups/${pk}/add_user/`, { pk: id });
  });

  it('proves nothing about a person where that is demanded', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const token = await tokenFor(await clientIdOf(app));
    for (const demand of [{ mustUseMfa: true }, { maxSessionAgeSeconds: 900 }]) {
      await updateApplication(db, changes, app.applicationId, demand);
      await gate.settle();
      expect(await bearer(token)).toBe(401);
      await updateApplication(db, changes, app.applicationId, {
        mustUseMfa: false,
        maxSessionAgeSeconds: null,
      });
      await gate.settle();
    }
    expect(await bearer(token)).toBe(200);
  });

  it('is dead within a second after it was revoked', async () => {
    const clientId = await clientIdOf(app);
    const token = await tokenFor(clientId);
    expect(await bearer(token)).toBe(200);
    const { vault, db } = gate.gatelodge.deps;
    const { clientSecretSealed } = await db.oAuth2Provider.findFirstOrThrow({ where: { clientId } });
    const form = { token, client_id: clientId, client_secret: vault.open(clientSecretSealed ?? '') };
    const revoked = await new Browser({ origin: gate.origin }).post('/application/o/revoke/', form);
    expect(revoked.status).toBe(200);
    await sleep(1000);
    expect(await bearer(token)).toBe(401);
  });

  it('is dead at once when its person is deactivated', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const token = await tokenFor(await clientIdOf(app), 'bert');
    const password = basic('bert', `bert-${APP_PASSWORD}`);
    expect(await bearer(token)).toBe(200);
    expect((await ask(password)).status).toBe(200);
    const { id } = await userNamed('bert');
    await updateUser(db, changes, id, { isActive: false });
    expect(await bearer(token)).toBe(401);
    expect((await ask(password)).status).toBe(401);
    await updateUser(db, changes, id, { isActive: true });
  });
});

everyBackend('an access token that came of a sign-in', (backend) => {
  let gate: Gate;
  let service: Service;
  let alice: number;

  beforeAll(async () => {
    gate = await openGate(backend, { GATELODGE_URL: '' });
    alice = await registerUser(gate.gatelodge, 'alice');
    service = await registerService({ ...gate.gatelodge, origin: gate.origin }, 'service');
    const provider = { jwt_federation_providers: [service.providerId] };
    await gate.protect({ slug: 'app', externalHost: APP, provider });
  });
  afterAll(() => gate?.gatelodge.stop());

  it('ends at the gate with that sign-in', async () => {
    const tokens = await signIn(new Browser({ origin: gate.origin }), service);
    const status = async () => {
      const lines = ['GET /outpost.goauthentik.io/auth/nginx HTTP/1.1', 'Host: app.home.test'];
      const authorization = `Authorization: Bearer ${tokens.access_token}`;
      return (await sendRaw(gate.origin, [...lines, `X-Original-URL: ${APP}/`, authorization])).status;
    };
    expect(await status()).toBe(200);
    await gate.gatelodge.deps.sessions.endAllOf(alice);
    await sleep(1000);
    expect(await status()).toBe(401);
  });
});
