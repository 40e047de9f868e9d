// Sessions, seen and ended through the API.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

interface Listed {
  readonly results: { readonly uuid: string; readonly user: number; readonly last_user_agent: string }[];
}

everyBackend('core/authenticated_sessions/', (backend) => {
  let gatelodge: Gatelodge;
  let userId: number;
  const signIn = async () => {
    const { sessions } = gatelodge.deps;
    const client = { address: '203.0.113.9', userAgent: 'the test' };
    const proof = { methods: ['pwd'], authenticatedAt: new Date(), isPersistent: false };
    return sessions.start({ id: userId }, client, proof);
  };
  const list = async () =>
    (await gatelodge.api<Listed>('GET', '/core/authenticated_sessions/?user__username=eve')).body.results;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    const created = await gatelodge.api<{ pk: number }>('POST', '/core/users/', {
      username: 'eve',
      name: 'Eve',
    });
    userId = created.body.pk;
  });
  afterAll(() => gatelodge?.stop());

  it('lists a session and ends it', async () => {
    const { token, session } = await signIn();
    expect(await list()).toMatchObject([{ uuid: session.id, user: userId, last_user_agent: 'the test' }]);
    expect(await gatelodge.api('DELETE', `/core/authenticated_sessions/${session.id}/`)).toMatchObject({
      status: 204,
    });
    expect(await gatelodge.deps.sessions.find(token)).toBeUndefined();
    expect(await gatelodge.api('GET', `/core/authenticated_sessions/${session.id}/`)).toMatchObject({
      status: 404,
    });
  });

  it.each([
    ['a new password', 'POST', 'set_password/', { password: 'another one' }],
    ['deactivation', 'PATCH', '', { is_active: false }],
  ])('loses all sessions of a user by %s', async (_, method, path, body) => {
    const { token } = await signIn();
    await gatelodge.api(method, `/core/users/${userId}/${path}`, body);
    await gatelodge.api('PATCH', `/core/users/${userId}/`, { is_active: true });
    expect(await gatelodge.deps.sessions.find(token)).toBeUndefined();
    expect(await list()).toEqual([]);
  });
});
