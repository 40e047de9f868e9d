// Who may open an application is whom its rules allow now: the person whose cookie it is, at that application, as long as
// they are signed in, active and in its groups.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addUser, removeUser } from '../../../src/identity/group/membership.ts';
import { createAppPassword, createPerson } from '../../support/api-client.ts';
import type { Browser } from '../../support/browser.ts';
import { PASSWORD } from './gate.ts';
import { APP, APP_PASSWORD, basic, FAMILY, type GateOfThree, openGateOfThree } from './gate-of-three.ts';

let gate: GateOfThree;

beforeAll(async () => {
  gate = await openGateOfThree();
  await createAppPassword(gate.api, 'anna', APP_PASSWORD);
});

afterAll(() => gate?.gatelodge.stop());

describe('a cookie', () => {
  it('of another application opens nothing', async () => {
    const browser = gate.visitor();
    await gate.signInAt(APP, browser);
    const [, token] = /gatelodge_proxy_\d+=([\w-]+)/.exec(await browser.cookies.getCookieString(APP)) ?? [];
    const family = await gate.gatelodge.deps.db.proxyProvider.findFirstOrThrow({
      where: { externalHost: FAMILY },
    });
    const { status } = await gate.check(`${FAMILY}/`, [
      `Cookie: gatelodge_proxy_${family.providerId}=${token}`,
    ]);
    expect(status).toBe(401);
  });

  it.each([
    ['the person signs out', (browser: Browser) => browser.visit(`${APP}/outpost.goauthentik.io/sign_out`)],
    ['the person is deactivated', () => setActive('carol', false)],
  ])('is dead as soon as %s', async (_, act) => {
    await createCarol();
    const browser = gate.visitor();
    await gate.signInAt(APP, browser, 'carol');
    const replayed = `Cookie: ${await browser.cookies.getCookieString(APP)}`;
    expect((await gate.check(`${APP}/`, [replayed])).status).toBe(200);
    await act(browser);
    expect((await gate.check(`${APP}/`, [replayed])).status).toBe(401);
  });

  async function createCarol(): Promise<void> {
    const found = await gate.api('GET', 'core/users/?username=carol');
    if ((found.results as unknown[]).length > 0) return;
    await createPerson(gate.api, { username: 'carol', name: 'Carol', email: '', password: PASSWORD });
  }

  async function setActive(username: string, isActive: boolean): Promise<void> {
    const found = await gate.api('GET', `core/users/?username=${username}`);
    const [{ pk }] = found.results as [{ pk: number }];
    await gate.api('PATCH', `core/users/${pk}/`, { is_active: isActive });
  }
});

describe('who may open an application', () => {
  it('is also who is in a group below the one that may, until that hangs there no more', async () => {
    const staff = await gate.api('POST', 'core/groups/', { name: 'staff' });
    const night = await gate.api('POST', 'core/groups/', { name: 'night', parents: [staff.pk] });
    await gate.protect({ slug: 'staffed', externalHost: 'https://staffed.shared.test', groups: ['staff'] });
    const { id } = await gate.gatelodge.deps.db.user.findFirstOrThrow({ where: { username: 'anna' } });
    const header = basic('anna', APP_PASSWORD);
    const asked = () => gate.check('https://staffed.shared.test/', [header]);
    expect((await asked()).status).toBe(403);
    await gate.api('POST', `core/groups/${night.pk}/add_user/`, { pk: id });
    const { status, headers } = await asked();
    expect(status).toBe(200);
    expect(headers['x-authentik-groups']?.join().split('|')).toEqual(
      expect.arrayContaining(['night', 'staff']),
    );
    await gate.api('PATCH', `core/groups/${night.pk}/`, { parents: [] });
    expect((await asked()).status).toBe(403);
    await gate.api('DELETE', `core/groups/${night.pk}/`);
  });
});

describe('an address that everybody may open', () => {
  it('tells nobody’s name to it, and opens no other one to whom the rules refuse', async () => {
    const LISTED = 'https://listed.home.test';
    const provider = { skip_path_regex: '^/open$' };
    await gate.protect({ slug: 'listed', externalHost: LISTED, groups: ['family'], provider });
    const browser = gate.browser({ [LISTED]: gate.origin });
    await gate.signInAt(LISTED, browser, 'anna');
    const { db, changes } = gate.gatelodge.deps;
    const { id } = await db.user.findFirstOrThrow({ where: { username: 'anna' } });
    const cookie = `Cookie: ${await browser.cookies.getCookieString(LISTED)}`;
    const asked = (path: string) => gate.check(`${LISTED}${path}`, [cookie]);
    expect((await asked('/open')).headers['x-authentik-username']).toEqual(['anna']);
    const family = await db.group.findFirstOrThrow({ where: { name: 'family' } });
    await removeUser(db, changes, family.id, id);
    const open = await asked('/open');
    expect([open.status, open.headers['x-authentik-username']]).toEqual([200, ['']]);
    expect((await asked('/')).status).toBe(403);
    await addUser(db, changes, family.id, id);
  });
});
