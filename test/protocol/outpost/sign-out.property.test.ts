// However somebody is signed out, every application forgets them: a cookie that was good is dead within a second.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { deleteUser, updateUser } from '../../../src/identity/user/user.ts';
import { sha256Hex } from '../../../src/platform/crypto/digest.ts';
import { createPerson } from '../../support/api-client.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { AUTH, type Gate, openGate, PASSWORD, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';

const APP = 'https://app.home.test';
const FAMILY = 'https://family.home.test';

everyBackend('signing out', (backend) => {
  let gate: Gate;
  let people = 0;

  beforeAll(async () => {
    gate = await openGate(backend);
    await gate.protect({ slug: 'app', externalHost: APP });
    await gate.protect({ slug: 'family', externalHost: FAMILY });
  });
  afterAll(() => gate?.gatelodge.stop());

  async function newPerson(): Promise<{ id: number; username: string }> {
    people += 1;
    const username = `person-${people}`;
    await createPerson(gate.api, { username, name: username, email: '', groups: [], password: PASSWORD });
    const { id } = await gate.gatelodge.deps.db.user.findFirstOrThrow({ where: { username } });
    return { id, username };
  }

  async function signedInEverywhere(username: string): Promise<{ browser: Browser; cookies: string[] }> {
    const browser = gate.browser({ [APP]: gate.origin, [FAMILY]: gate.origin });
    await signIn(await browser.visit(`${APP}/outpost.goauthentik.io/start?rd=/`), username);
    await browser.visit(`${FAMILY}/outpost.goauthentik.io/start?rd=/`);
    const cookies = [APP, FAMILY].map((host) => browser.cookies.getCookieString(host));
    return { browser, cookies: await Promise.all(cookies) };
  }

  async function statuses(cookies: readonly string[]): Promise<number[]> {
    const ask = async (host: string, cookie = '') => {
      const lines = ['GET /outpost.goauthentik.io/auth/nginx HTTP/1.1', `Host: ${new URL(host).host}`];
      return (await sendRaw(gate.origin, [...lines, `X-Original-URL: ${host}/`, `Cookie: ${cookie}`])).status;
    };
    return Promise.all([ask(APP, cookies[0]), ask(FAMILY, cookies[1])]);
  }

  async function sessionsOf(userId: number): Promise<string[]> {
    return (await gate.gatelodge.deps.sessions.list(userId)).map(({ id }) => id);
  }

  type Act = (person: { id: number; browser: Browser }) => Promise<unknown>;

  // biome-ignore format: a table
  const WAYS: readonly (readonly [string, Act])[] = [
    ['at one of the applications', ({ browser }) => browser.visit(`${FAMILY}/outpost.goauthentik.io/sign_out`)],
    ['at the portal', async ({ browser }) => (await browser.visit(`${AUTH}/if/flow/default-invalidation-flow/`)).form('form').submit({}, { follow: true })],
    ['by an administrator', async ({ id }) => {
      for (const uuid of await sessionsOf(id)) await gate.api('DELETE', `core/authenticated_sessions/${uuid}/`);
    }],
    ['by deactivation', ({ id }) => updateUser(gate.gatelodge.deps.db, gate.gatelodge.deps.changes, id, { isActive: false })],
    ['by being deleted', ({ id }) => deleteUser(gate.gatelodge.deps.db, gate.gatelodge.deps.changes, id)],
  ];

  it.each(WAYS)('%s kills the cookies of all applications', async (_, act) => {
    const { id, username } = await newPerson();
    const { browser, cookies } = await signedInEverywhere(username);
    const bystander = await signedInEverywhere((await newPerson()).username);
    expect(await statuses(cookies)).toEqual([200, 200]);
    await act({ id, browser });
    await sleep(1000);
    expect(await statuses(cookies)).toEqual([401, 401]);
    expect(await statuses(bystander.cookies)).toEqual([200, 200]);
  });

  it('happens by itself when the session has lasted as long as it may', async () => {
    const { id, username } = await newPerson();
    const { cookies } = await signedInEverywhere(username);
    const [session = ''] = await sessionsOf(id);
    const { db, redis, changes } = gate.gatelodge.deps;
    expect(await statuses(cookies)).toEqual([200, 200]);
    const expiresAt = new Date(Date.now() + 3000);
    await db.session.updateMany({ where: { id: session }, data: { expiresAt } });
    await redis?.hset(`gatelodge:session:${session}`, { expiresAt: expiresAt.getTime() });
    changes.publish('user', { id });
    // Read anew, with the time that is left.
    await statuses(cookies);
    await sleep(Math.max(0, expiresAt.getTime() - Date.now()));
    expect(await statuses(cookies)).toEqual([401, 401]);
    expect(await sessionsOf(id)).toEqual([]);
  });

  it('happens at one application alone when the session there has lasted as long as it may', async () => {
    const { id, username } = await newPerson();
    const { cookies } = await signedInEverywhere(username);
    const { db, redis, changes } = gate.gatelodge.deps;
    expect(await statuses(cookies)).toEqual([200, 200]);
    const tokenHash = sha256Hex(/gatelodge_proxy_\d+=([\w-]+)/.exec(cookies[0] ?? '')?.[1] ?? '');
    const expiresAt = new Date(Date.now() + 2000);
    await db.outpostSession.updateMany({ where: { tokenHash }, data: { expiresAt } });
    await redis?.hset(`gatelodge:outpost-session:${tokenHash}`, { expiresAt: expiresAt.getTime() });
    changes.publish('user', { id });
    await statuses(cookies);
    await sleep(Math.max(0, expiresAt.getTime() - Date.now()));
    expect(await statuses(cookies)).toEqual([401, 200]);
  });

  it('leaves nothing behind that a cookie of the browser could bring back', async () => {
    const { username } = await newPerson();
    const { browser, cookies } = await signedInEverywhere(username);
    await browser.visit(`${APP}/outpost.goauthentik.io/sign_out`);
    const again = await browser.visit(`${APP}/outpost.goauthentik.io/start?rd=/`);
    expect(again.body).toContain('name="uid_field"');
    await signIn(again, username);
    expect(await statuses(cookies)).toEqual([401, 401]);
  });
});
