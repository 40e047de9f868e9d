// The API from a browser's session: another site cannot make the browser write, and a bad token is not covered for by
// the session that comes with it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

describe('the API with the session cookie', () => {
  let gatelodge: Gatelodge;
  let cookie: string;
  let csrf: string;
  const send = (method: string, headers: Record<string, string>) =>
    fetch(`${gatelodge.origin}/api/v3/core/groups/`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'POST' && { body: JSON.stringify({ name: crypto.randomUUID() }) }),
    });

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    const { sessions, db } = gatelodge.deps;
    const administrator = await db.user.findFirstOrThrow();
    const client = { address: '203.0.113.9', userAgent: 'the test' };
    const proof = { methods: ['pwd'], authenticatedAt: new Date(), isPersistent: false };
    const { token } = await sessions.start(administrator, client, proof);
    cookie = `gatelodge_session=${token}`;
    const page = await fetch(`${gatelodge.origin}/if/flow/default-invalidation-flow/`, {
      headers: { cookie },
    });
    csrf =
      page.headers
        .getSetCookie()
        .join()
        .match(/authentik_csrf=([^;]+)/)?.[1] ?? '';
  });
  afterAll(() => gatelodge?.stop());

  it('reads', async () => {
    expect((await send('GET', { cookie })).status).toBe(200);
  });

  it('writes with the CSRF header', async () => {
    const headers = { cookie: `${cookie}; authentik_csrf=${csrf}`, 'x-authentik-csrf': csrf };
    expect((await send('POST', headers)).status).toBe(201);
  });

  it.each([
    ['without the header', () => ({ cookie: `${cookie}; authentik_csrf=${csrf}` })],
    ['with a header that fits no cookie', () => ({ cookie, 'x-authentik-csrf': csrf })],
    [
      'from another site',
      () => ({
        cookie: `${cookie}; authentik_csrf=${csrf}`,
        'x-authentik-csrf': csrf,
        'sec-fetch-site': 'cross-site',
      }),
    ],
  ])('does not write %s', async (_, headers) => {
    const answer = await send('POST', headers());
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'csrf' });
  });

  it('does not fall back to the session when a token is presented that is no good', async () => {
    expect((await send('GET', { cookie, authorization: 'Bearer wrong' })).status).toBe(403);
  });
});
