// A client's secret in the API: for administrators who ask for that one client, who leave a trace by it; for nobody else,
// and in no list.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { issueToken } from '../../../src/identity/token/token.ts';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { registerService, registerUser, type Service } from './service.ts';

interface Shown {
  readonly client_secret?: string;
}

describe('the secret of a client, in the API', () => {
  let gatelodge: Gatelodge;
  let service: Service;
  let desktop: Service;
  let member: string;
  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    service = await registerService(gatelodge, 'wiki');
    desktop = await registerService(gatelodge, 'desktop', { clientType: 'public' });
    const { db, vault } = gatelodge.deps;
    const userId = await registerUser(gatelodge, 'mallory');
    ({ key: member } = await issueToken(db, vault, { identifier: 'own', userId, intent: 'api' }));
  });
  beforeEach(() => gatelodge.deps.db.event.deleteMany());
  afterAll(() => gatelodge?.stop());

  const pathOf = ({ providerId }: Service) => `/providers/oauth2/${providerId}/`;
  const views = () => gatelodge.deps.db.event.findMany({ where: { action: 'secret_view' } });

  it('is shown to an administrator, which is recorded, without the secret, once for a while', async () => {
    for (let time = 0; time < 3; time += 1) {
      const { body } = await gatelodge.api<Shown>('GET', pathOf(service));
      expect(body.client_secret).toBe(service.clientSecret);
    }
    const recorded = await views();
    expect(recorded).toHaveLength(1);
    expect(recorded[0]?.context).toMatchObject({ model: { pk: service.providerId, name: 'wiki' } });
    expect(JSON.stringify(recorded)).not.toContain(service.clientSecret);
  });

  it.each(['PATCH', 'PUT'])('is a view of it, too, when it stands in the answer to a %s', async (method) => {
    const fields = { name: 'wiki', authorization_flow: 'default-provider-authorization-implicit-consent' };
    const { status, body } = await gatelodge.api<Shown>(method, pathOf(service), fields);
    expect([status, body.client_secret]).toEqual([200, service.clientSecret]);
    expect(await views()).toHaveLength(1);
  });

  it('is no view where the client has none', async () => {
    const { status } = await gatelodge.api<Shown>('GET', pathOf(desktop));
    expect([status, (await views()).length]).toEqual([200, 0]);
  });

  it.each(['oauth2', 'all'])('is in no list: providers/%s/', async (kind) => {
    for (const query of ['', '?search=wiki', '?name=wiki', '?ordering=client_id&page_size=1']) {
      const { status, body } = await gatelodge.api('GET', `/providers/${kind}/${query}`);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).toContain('"pk"');
      expect(JSON.stringify(body)).not.toMatch(/client_secret|secret-of-wiki/);
    }
    expect(await views()).toEqual([]);
  });

  it.each([
    ['somebody who is no administrator', () => `Bearer ${member}`],
    ['nobody', () => ''],
  ])('is not for %s, who learn nothing and leave no view', async (_, authorization) => {
    for (const path of [pathOf(service), '/providers/oauth2/999999/', '/providers/oauth2/']) {
      const headers = { authorization: authorization() };
      const answer = await fetch(`${gatelodge.origin}/api/v3${path}`, { headers });
      expect(answer.status).toBe(403);
      expect(await answer.text()).not.toMatch(/secret-of|wiki/);
    }
    expect(await views()).toEqual([]);
  });
});
