// A whole application from npm, with nothing of ours in it: people sign in to Actual Budget by its documented settings.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { updateUser } from '../../src/identity/user/user.ts';
import { registerService, registerUser, type Service, walk } from '../protocol/oidc/service.ts';
import { type ActualBudget, hasActualBudget, startActualBudget } from '../support/actual-budget.ts';
import { everyBackend } from '../support/backends.ts';
import { findFreePort } from '../support/free-port.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

interface Session {
  readonly data: { readonly userName: string; readonly permission: string; readonly loginMethod: string };
}

everyBackend('Actual Budget', (backend) => {
  // In CI the run refuses to begin without it (test/support/run.ts).
  if (!hasActualBudget) return it.skip('needs Actual Budget: run scripts/test-packages', () => {});

  let gatelodge: Gatelodge;
  let actual: ActualBudget;
  let service: Service;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    const port = await findFreePort();
    const redirectUris = [{ url: `http://localhost:${port}/openid/callback` }];
    service = await registerService(gatelodge, 'actual', { redirectUris });
    const issuer = `${gatelodge.origin}/application/o/actual/`;
    const { clientId, clientSecret } = service;
    actual = await startActualBudget({ port, issuer, clientId, clientSecret });
  });
  afterAll(async () => {
    await actual?.stop();
    await gatelodge?.stop();
  });

  /** Where Actual sends the browser to sign in. */
  async function begin(): Promise<string> {
    const answer = await fetch(`${actual.origin}/account/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ loginMethod: 'openid', returnUrl: actual.origin }),
    });
    const { data } = (await answer.json()) as { data: { returnUrl: string } };
    return data.returnUrl;
  }

  /** Signs in from the beginning; returns the session as Actual sees it. */
  async function signIn(username: string): Promise<Session> {
    const back = await walk(gatelodge.browser(), await begin(), username);
    expect(back.location?.origin).toBe(actual.origin);
    const answered = await fetch(String(back.location), { redirect: 'manual' });
    const home = new URL(answered.headers.get('location') ?? '', actual.origin);
    const headers = { 'x-actual-token': home.searchParams.get('token') ?? '' };
    return (await fetch(`${actual.origin}/account/validate`, { headers })).json() as Promise<Session>;
  }

  it('makes its first visitor the owner, and everybody after that a user', async () => {
    await registerUser(gatelodge, 'alice');
    await registerUser(gatelodge, 'bert');
    const owner = {
      userName: 'alice',
      displayName: 'alice Example',
      permission: 'ADMIN',
      loginMethod: 'openid',
    };
    expect(await signIn('alice')).toMatchObject({ status: 'ok', data: owner });
    expect(await signIn('bert')).toMatchObject({ data: { userName: 'bert', permission: 'BASIC' } });
  });

  it('knows a person who comes again', async () => {
    expect(await signIn('alice')).toMatchObject({ data: { userName: 'alice', permission: 'ADMIN' } });
  });

  it('lets nobody in who has been deactivated in between', async () => {
    const { db, changes } = gatelodge.deps;
    const carla = await registerUser(gatelodge, 'carla');
    const back = await walk(gatelodge.browser(), await begin(), 'carla');
    await updateUser(db, changes, carla, { isActive: false });
    const answer = await fetch(String(back.location), { redirect: 'manual' });
    expect(answer.headers.get('location') ?? '').not.toContain('token=');
    expect(answer.status).toBe(400);
  });
});
