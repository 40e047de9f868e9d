import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import { signedIn, submitAt } from './household.ts';

describe('the audit trail of what administrators do', () => {
  let gatelodge: Gatelodge;
  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
  });
  afterAll(() => gatelodge.stop());

  it('has an event for every act, with who and from where, and never a secret', async () => {
    const admin = await signedIn(gatelodge);
    const PASSWORD = 'a password nobody may read';
    const user = await submitAt(admin, '/if/admin/users/create/', { username: 'dora', password: PASSWORD });
    const path = user.url.pathname;
    await submitAt(admin, path, { password: `${PASSWORD}!` }, `${path}password/`);
    const application = '/if/admin/applications/box/';
    await submitAt(admin, '/if/admin/applications/create/other/', { name: 'Box' });
    const rotated = await submitAt(admin, application, {}, `${application}rotate-secret/`);
    const secret = rotated.document.querySelector('.copy-secret code')?.textContent ?? '';
    await submitAt(admin, application, {}, `${application}bindings/`);

    const events = await gatelodge.deps.db.event.findMany({ orderBy: { createdAt: 'asc' } });
    const acts = events.filter(
      ({ source }) => source.startsWith('identity.') && source !== 'identity.bootstrap',
    );
    expect(acts.map(({ action }) => action)).toEqual([
      'model_created',
      'password_set',
      'model_created',
      'secret_view',
      'secret_rotate',
      'model_updated',
    ]);
    for (const act of acts) expect(act).toMatchObject({ username: 'akadmin', clientAddress: '127.0.0.1' });
    expect(secret).not.toBe('');
    const trail = JSON.stringify(events);
    for (const hidden of [PASSWORD, secret]) expect(trail).not.toContain(hidden);
  });

  it('has one event when a page shows a client secret, not one for each time it is looked at', async () => {
    const admin = await signedIn(gatelodge);
    const made = await submitAt(admin, '/if/admin/applications/create/from/gitea/', {
      url: 'https://git.example.com',
    });
    expect(made.url.pathname).toBe('/if/admin/applications/gitea/settings/');
    await admin.visit('/if/admin/applications/gitea/');
    await admin.visit('/if/admin/applications/gitea/settings/');
    const views = await gatelodge.deps.db.event.findMany({ where: { action: 'secret_view' } });
    const names = views.map(({ context }) => JSON.stringify(context));
    expect(names.filter((context) => context.includes('"Gitea"'))).toHaveLength(1);
  });

  it('has what the API writes to shared scopes', async () => {
    const path = '/propertymappings/provider/scope/';
    const fields = { name: 'rooms', scope_name: 'rooms', claims: { rooms: { constant: 4 } } };
    const { body } = await gatelodge.api<{ pk: string }>('POST', path, fields);
    await gatelodge.api('PATCH', `${path}${body.pk}/`, { description: 'how many' });
    await gatelodge.api('DELETE', `${path}${body.pk}/`);
    const events = await gatelodge.deps.db.event.findMany({
      where: { source: 'protocol.oidc.api' },
      orderBy: { createdAt: 'asc' },
    });
    expect(events.map(({ action }) => action)).toEqual(['model_created', 'model_updated', 'model_deleted']);
    expect(events[0]?.context).toMatchObject({ model: { model_name: 'scopemapping', name: 'rooms' } });
  });
});
