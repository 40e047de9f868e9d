import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { registerService, registerUser, signIn as signInAt } from '../protocol/oidc/service.ts';
import { type Gate, openGate, PASSWORD, signIn } from '../protocol/outpost/gate.ts';
import { everyBackend } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { ADMIN_PASSWORD, type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import { faultsOf } from '../support/page-faults.ts';
import { signedIn } from './household.ts';

const FILMS = 'https://films.home.test';
const SIGN_IN = '/if/flow/default-authentication-flow/';

everyBackend('the list of sessions', (backend) => {
  let gate: Gate;
  let bert: Browser;
  beforeAll(async () => {
    gate = await openGate(backend);
    await gate.protect({ slug: 'films', externalHost: FILMS });
    bert = gate.browser({ [FILMS]: gate.origin });
    await signIn(await bert.visit(`${FILMS}/outpost.goauthentik.io/start?rd=/`), 'bert', PASSWORD);
  });
  afterAll(() => gate?.gatelodge.stop());

  it('names the proxied applications that a session has opened', async () => {
    const page = await bert.visit('/if/user/sessions/');
    expect([page.text('main ul'), faultsOf(page.body)]).toEqual([
      expect.stringContaining('Opened: films'),
      [],
    ]);
  });

  it('is there for administrators, who can end one session', async () => {
    const { db } = gate.gatelodge.deps;
    const { id } = await db.user.findFirstOrThrow({ where: { username: 'bert' } });
    const admin = gate.browser();
    await signIn(await admin.visit(SIGN_IN), 'akadmin', ADMIN_PASSWORD);
    const page = await admin.visit(`/if/admin/users/${id}/sessions/`);
    expect([page.text('main ul'), faultsOf(page.body)]).toEqual([
      expect.stringContaining('Opened: films'),
      [],
    ]);
    const ended = await page.form('main li form').submit({}, { follow: true });
    expect(ended.text('main')).toContain('Signed in nowhere.');
    expect((await bert.get('/if/user/')).status).toBe(303);
  });

  it('is for administrators alone', async () => {
    const anna = gate.browser();
    await signIn(await anna.visit(SIGN_IN), 'anna', PASSWORD);
    expect((await anna.get('/if/admin/users/1/sessions/')).status).toBe(403);
  });
});

everyBackend('the list of sessions of somebody who uses a service', (backend) => {
  let gatelodge: Gatelodge;
  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
  });
  afterAll(() => gatelodge?.stop());

  it('names the service in the session that opened it, and in no other', async () => {
    const userId = await registerUser(gatelodge, 'alice');
    const service = await registerService(gatelodge, 'wiki');
    const browser = gatelodge.browser({ headers: { 'user-agent': 'curl/8' } });
    await signInAt(browser, service);
    const admin = await signedIn(gatelodge);
    const page = await admin.visit(`/if/admin/users/${userId}/sessions/`);
    expect(page.text('main ul')).toContain('Opened: The wiki');
    expect((await admin.visit('/if/user/sessions/')).text('main ul')).not.toContain('Opened');
  });
});
