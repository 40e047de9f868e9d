// Tokens without a person in front of a browser: by a client as itself, and by scripts with an app password.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { createBinding } from '../../../src/identity/access/binding.ts';
import { createGroup } from '../../../src/identity/group/group.ts';
import { addUser } from '../../../src/identity/group/membership.ts';
import { issueToken } from '../../../src/identity/token/token.ts';
import { findUserByLogin, updateUser } from '../../../src/identity/user/user.ts';
import { updateOAuth2Provider } from '../../../src/protocol/oidc/client.ts';
import { everyBackend } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';
import { PASSWORD, registerService, registerUser, type Service } from './service.ts';

const MACHINE = { grantTypes: ['client_credentials'] as 'client_credentials'[], redirectUris: [] };
const APP_PASSWORD = 'an app password that is long enough';

everyBackend('The client credentials grant', (backend) => {
  let gatelodge: Gatelodge;
  let service: Service;
  let limited: Service;
  let alice: number;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    const { db, changes, vault } = gatelodge.deps;
    service = await registerService(gatelodge, 'backup', MACHINE);
    limited = await registerService(gatelodge, 'vault', MACHINE);
    await registerService(gatelodge, 'script', { ...MACHINE, clientType: 'public' });
    await registerService(gatelodge, 'website');
    alice = await registerUser(gatelodge, 'alice');
    const token = { identifier: 'alice-script', userId: alice, key: APP_PASSWORD };
    await issueToken(db, vault, { ...token, intent: 'app_password' });
    const { id: groupId } = await createGroup(db, changes, { name: 'machines' });
    await createBinding(db, changes, { applicationId: limited.applicationId, groupId });
  });
  afterAll(() => gatelodge.stop());

  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });

  function ask(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    const form = { grant_type: 'client_credentials', ...fields };
    return gatelodge.browser().post('/application/o/token/', form, { headers });
  }

  async function userinfo(accessToken: string): Promise<Page> {
    const headers = { authorization: `Bearer ${accessToken}` };
    return gatelodge.browser().get('/application/o/userinfo/', { headers });
  }

  it('gives a client tokens of its own service account', async () => {
    const tokens = await openid.clientCredentialsGrant(service.config, { scope: 'openid profile email' });
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'openid profile email' });
    expect(tokens).not.toHaveProperty('refresh_token');
    expect((await userinfo(tokens.access_token)).json()).toMatchObject({
      preferred_username: 'ak-backup-client_credentials',
    });
    expect(decodeJwt(String(tokens.id_token))).toMatchObject({ aud: 'backup', groups: [] });
    const account = await findUserByLogin(gatelodge.deps.db, 'ak-backup-client_credentials');
    expect(account).toMatchObject({ type: 'service_account', isActive: true });
  });

  it('makes the account once, however many ask at first', async () => {
    const busy = await registerService(gatelodge, 'busy', MACHINE);
    const headers = basic(busy.clientId, busy.clientSecret);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask({}, headers)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await gatelodge.deps.db.user.count({ where: { username: 'ak-busy-client_credentials' } })).toBe(1);
  });

  it('grants only the scopes that the client has (CVE-2024-52287)', async () => {
    const answer = await ask(
      { scope: 'openid goauthentik.io/api offline_access nonsense' },
      basic(service.clientId, service.clientSecret),
    );
    expect(answer.json()).toMatchObject({ scope: 'openid' });
    expect(answer.json()).not.toHaveProperty('refresh_token');
  });

  it('holds the access rules of the application (CVE-2024-52287)', async () => {
    const headers = basic(limited.clientId, limited.clientSecret);
    const refused = await ask({}, headers);
    expect([refused.status, refused.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    const { db, changes } = gatelodge.deps;
    const account = await findUserByLogin(db, 'ak-vault-client_credentials');
    const group = await db.group.findUniqueOrThrow({ where: { name: 'machines' } });
    await addUser(db, changes, group.id, account?.id ?? 0);
    expect((await ask({}, headers)).status).toBe(200);
  });

  it('gives nothing to a service account that has been deactivated, and ends what it had', async () => {
    const headers = basic(service.clientId, service.clientSecret);
    const { access_token: token } = (await ask({}, headers)).json<{ access_token: string }>();
    const { db, changes } = gatelodge.deps;
    const account = await findUserByLogin(db, 'ak-backup-client_credentials');
    await updateUser(db, changes, account?.id ?? 0, { isActive: false });
    expect((await ask({}, headers)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await userinfo(token)).status).toBe(401);
    await updateUser(db, changes, account?.id ?? 0, { isActive: true });
  });

  it('never becomes a person who has the account’s name', async () => {
    await registerUser(gatelodge, 'ak-mine-client_credentials');
    const mine = await registerService(gatelodge, 'mine', MACHINE);
    expect((await ask({}, basic(mine.clientId, mine.clientSecret))).json()).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it.each([
    ['username and password in the form', { client_id: 'backup', username: 'alice', password: APP_PASSWORD }],
    [
      'base64 of both as the client secret',
      {
        client_id: 'backup',
        client_secret: Buffer.from(`alice:${APP_PASSWORD}`).toString('base64'),
      },
    ],
    [
      'authentik’s other name for the grant',
      { grant_type: 'password', client_id: 'backup', username: 'ALICE', password: APP_PASSWORD },
    ],
    ['a public client', { client_id: 'script', username: 'alice', password: APP_PASSWORD }],
  ])('acts for a user by their app password: %s', async (_way, fields) => {
    const answer = await ask({ scope: 'openid profile', ...fields });
    expect(answer.status).toBe(200);
    const { access_token: token } = answer.json<{ access_token: string }>();
    expect((await userinfo(token)).json()).toMatchObject({ preferred_username: 'alice' });
  });

  it('takes both in Basic’s place for the client secret, too', async () => {
    const secret = encodeURIComponent(Buffer.from(`alice:${APP_PASSWORD}`).toString('base64'));
    expect((await ask({}, basic('backup', secret))).status).toBe(200);
  });

  it.each([
    ['the login password', { username: 'alice', password: PASSWORD }],
    ['another user’s name', { username: 'akadmin', password: APP_PASSWORD }],
    ['nothing', { username: 'alice', password: '' }],
  ])('refuses %s', async (_what, fields) => {
    const answer = await ask({ client_id: 'backup', ...fields });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  it('refuses a wrong client secret even beside a right app password', async () => {
    const fields = { username: 'alice', password: APP_PASSWORD };
    const answer = await ask(fields, basic('backup', 'wrong'));
    expect([answer.status, answer.json()]).toMatchObject([401, { error: 'invalid_client' }]);
  });

  it('refuses a public client that names no user, and a client that may not use the grant', async () => {
    expect((await ask({ client_id: 'script' })).json()).toMatchObject({ error: 'unauthorized_client' });
    const answer = await ask({}, basic('website', 'secret-of-website'));
    expect(answer.json()).toMatchObject({ error: 'unsupported_grant_type' });
    const named = await ask({ client_id: 'website', username: 'alice', password: APP_PASSWORD });
    expect(named.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('follows a change of the grants at once', async () => {
    const { db, changes, vault } = gatelodge.deps;
    const { providerId, clientId, clientSecret } = await registerService(gatelodge, 'later', MACHINE);
    await updateOAuth2Provider(db, changes, vault, providerId, { grantTypes: ['authorization_code'] });
    expect((await ask({}, basic(clientId, clientSecret))).status).toBe(400);
  });

  it('slows guesses at an app password down, and says no more than before', async () => {
    await registerUser(gatelodge, 'victim');
    const guess = { client_id: 'backup', username: 'victim', password: 'wrong' };
    for (let count = 0; count < 6; count++) expect((await ask(guess)).status).toBe(400);
    const { db, vault } = gatelodge.deps;
    const victim = await findUserByLogin(db, 'victim');
    const key = 'the right one, but too soon';
    await issueToken(db, vault, {
      identifier: 'victim',
      intent: 'app_password',
      userId: victim?.id ?? 0,
      key,
    });
    const right = await ask({ ...guess, password: key });
    expect([right.status, right.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  });
});
