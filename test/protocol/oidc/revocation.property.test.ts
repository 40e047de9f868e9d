// What is remembered of tokens must never outlive a revocation: at once in the replica that revoked, within the stated
// second in every other, at userinfo and at introspection alike.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { createBinding } from '../../../src/identity/access/binding.ts';
import { deleteApplication } from '../../../src/identity/application/application.ts';
import { createGroup } from '../../../src/identity/group/group.ts';
import { updateUser } from '../../../src/identity/user/user.ts';
import { rotateClientSecret } from '../../../src/protocol/oidc/client.ts';
import { deleteProvider } from '../../../src/protocol/provider/provider.ts';
import { EXTERNAL, everyBackend, missingFor } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge, startReplica } from '../../support/gatelodge.ts';
import { createPostgresDatabase, createRedisDatabase } from '../../support/services.ts';
import { createTcpRelay, type TcpRelay } from '../../support/tcp-relay.ts';
import { registerService, registerUser, type Service, signIn } from './service.ts';

const OFFLINE = { scope: 'openid profile offline_access' };
/** docs/operations.md. */
const BOUND_MS = 1000;

/** What both endpoints say of a token: 200 and true for one that is good, 401 and false otherwise. */
async function verdictAt({ browser }: Gatelodge, { clientId, clientSecret }: Service, token: string) {
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const headers = { headers: { authorization: `Basic ${basic}` } };
  const userinfo = await browser().get('/application/o/userinfo/', bearer);
  const introspection = await browser().post('/application/o/introspect/', { token }, headers);
  return [userinfo.status, introspection.json<{ active?: boolean }>().active];
}

const GOOD = [200, true];
const DEAD = [401, false];

everyBackend('A token that has been asked about', (backend) => {
  let gatelodge: Gatelodge;
  let other: Gatelodge;
  let service: Service;
  let user: { id: number; username: string };
  let number = 0;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    // An embedded database has one process.
    other = backend === EXTERNAL ? await startReplica(gatelodge.environment) : gatelodge;
  });
  afterAll(async () => {
    if (other !== gatelodge) await other.stop();
    await gatelodge.stop();
  });
  beforeEach(async () => {
    number += 1;
    service = await registerService(gatelodge, `service-${number}`);
    const username = `user-${number}`;
    user = { id: await registerUser(gatelodge, username), username };
  });

  async function goodToken(): Promise<string> {
    const tokens = await signIn(gatelodge.browser(), service, { ...OFFLINE, username: user.username });
    for (const replica of [gatelodge, other, gatelodge, other])
      expect(await verdictAt(replica, service, tokens.access_token)).toEqual(GOOD);
    return tokens.access_token;
  }

  async function expectEverywhere(token: string, verdict: unknown[]): Promise<void> {
    expect(await verdictAt(gatelodge, service, token)).toEqual(verdict);
    for (let waited = 0; waited < BOUND_MS; waited += 100) {
      await sleep(100);
      if ((await verdictAt(other, service, token))[0] === verdict[0]) break;
    }
    expect(await verdictAt(other, service, token)).toEqual(verdict);
  }

  it('is dead once it has been revoked', async () => {
    const token = await goodToken();
    await openid.tokenRevocation(service.config, token);
    await expectEverywhere(token, DEAD);
  });

  it('is dead once its refresh token has been revoked', async () => {
    const tokens = await signIn(gatelodge.browser(), service, { ...OFFLINE, username: user.username });
    expect(await verdictAt(other, service, tokens.access_token)).toEqual(GOOD);
    await openid.tokenRevocation(service.config, tokens.refresh_token ?? '');
    await expectEverywhere(tokens.access_token, DEAD);
  });

  it('is dead once its session has ended', async () => {
    const token = await goodToken();
    await gatelodge.deps.sessions.endAllOf(user.id);
    await expectEverywhere(token, DEAD);
  });

  it('is dead while its user is deactivated', async () => {
    const { db, changes } = gatelodge.deps;
    const token = await goodToken();
    await updateUser(db, changes, user.id, { isActive: false });
    await expectEverywhere(token, DEAD);
  });

  it('is dead for a refreshed one too, which outlives its session but not its user', async () => {
    const { db, changes, sessions } = gatelodge.deps;
    const tokens = await signIn(gatelodge.browser(), service, { ...OFFLINE, username: user.username });
    const renewed = await openid.refreshTokenGrant(service.config, tokens.refresh_token ?? '');
    await sessions.endAllOf(user.id);
    expect(await verdictAt(gatelodge, service, renewed.access_token)).toEqual(GOOD);
    expect(await verdictAt(other, service, renewed.access_token)).toEqual(GOOD);
    await updateUser(db, changes, user.id, { isActive: false });
    await expectEverywhere(renewed.access_token, DEAD);
  });

  it('is dead once its user may not open the application any more', async () => {
    const { db, changes } = gatelodge.deps;
    const token = await goodToken();
    const { id: groupId } = await createGroup(db, changes, { name: `closed-${number}` });
    await createBinding(db, changes, { applicationId: service.applicationId, groupId });
    await expectEverywhere(token, DEAD);
  });

  it('is dead once its application has been deleted', async () => {
    const { db, changes } = gatelodge.deps;
    const token = await goodToken();
    await deleteApplication(db, changes, service.applicationId);
    await expectEverywhere(token, [401, undefined]);
  });

  it('is dead once its client has been deleted', async () => {
    const { db, changes } = gatelodge.deps;
    const token = await goodToken();
    await deleteProvider(db, changes, service.providerId);
    await expectEverywhere(token, [401, undefined]);
  });

  it('is no answer to a client whose secret has been changed', async () => {
    const { db, changes, vault } = gatelodge.deps;
    const token = await goodToken();
    await rotateClientSecret(db, changes, vault, service.providerId);
    expect(await verdictAt(gatelodge, service, token)).toEqual([200, undefined]);
    await sleep(BOUND_MS / 2);
    expect(await verdictAt(other, service, token)).toEqual([200, undefined]);
  });

  it('says what the person is called now', async () => {
    const { db, changes } = gatelodge.deps;
    const token = await goodToken();
    await updateUser(db, changes, user.id, { name: 'Renamed' });
    const headers = { authorization: `Bearer ${token}` };
    const page = await gatelodge.browser().get('/application/o/userinfo/', { headers });
    expect(page.json()).toMatchObject({ name: 'Renamed' });
  });
});

const missing = missingFor(EXTERNAL);

(missing ? describe.skip : describe)('A token that has been asked about, when stores are away', () => {
  let gatelodge: Gatelodge;
  let service: Service;
  let redis: TcpRelay;

  beforeAll(async () => {
    redis = await createTcpRelay(await createRedisDatabase());
    await redis.mend();
    const environment = { DATABASE_URL: await createPostgresDatabase(), REDIS_URL: redis.url };
    gatelodge = await startGatelodge({ ...EXTERNAL, environment });
    service = await registerService(gatelodge, 'wiki');
    await registerUser(gatelodge, 'alice');
  });
  afterAll(async () => {
    await gatelodge?.stop();
    await redis?.cut();
  });

  it('is not said to be good, and is again when they are back', async () => {
    const { access_token: token } = await signIn(gatelodge.browser(), service);
    expect(await verdictAt(gatelodge, service, token)).toEqual(GOOD);
    await redis.cut();
    await sleep(300);
    const [status, active] = await verdictAt(gatelodge, service, token);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(active).not.toBe(true);
    await redis.mend();
    for (let waited = 0; !(await isGood(token)) && waited < 20; waited += 1) await sleep(500);
    expect(await verdictAt(gatelodge, service, token)).toEqual(GOOD);
  });

  async function isGood(token: string): Promise<boolean> {
    return (await verdictAt(gatelodge, service, token))[0] === 200;
  }
});
