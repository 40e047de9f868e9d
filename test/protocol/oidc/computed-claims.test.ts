// Scopes and claims of one's own, made through the API and told to a service: declared, computed, and failing.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { createGroup } from '../../../src/identity/group/group.ts';
import { addUser } from '../../../src/identity/group/membership.ts';
import { updateOAuth2Provider } from '../../../src/protocol/oidc/client.ts';
import { defaultScopeMappingIds } from '../../../src/protocol/oidc/scope-mapping.ts';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { recordedEvents, registerService, registerUser, type Service, signIn } from './service.ts';

const SCOPES = '/propertymappings/provider/scope/';

interface Mapping {
  readonly pk: string;
  readonly expression: string;
  readonly claims: Record<string, unknown>;
}

describe('A scope of one’s own', () => {
  let gatelodge: Gatelodge;
  let service: Service;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    const { db, changes } = gatelodge.deps;
    service = await registerService(gatelodge, 'storage');
    const { id } = await createGroup(db, changes, { name: 'storage-admins' });
    await addUser(db, changes, id, await registerUser(gatelodge, 'alice'));
  });
  afterAll(() => gatelodge.stop());

  /** Makes a scope `custom` of that expression, and tells what a service learns that asks for it. */
  async function told(name: string, expression: string) {
    const { db, changes, vault } = gatelodge.deps;
    const fields = { name, scope_name: name, expression };
    const { status, body } = await gatelodge.api<Mapping>('POST', SCOPES, fields);
    expect(status).toBe(201);
    const scopeMappingIds = [...(await defaultScopeMappingIds(db)), body.pk];
    await updateOAuth2Provider(db, changes, vault, service.providerId, { scopeMappingIds });
    const tokens = await signIn(gatelodge.browser(), service, { scope: `openid profile ${name}` });
    const claims = tokens.claims();
    const userinfo = await openid.fetchUserInfo(service.config, tokens.access_token, claims?.sub ?? '');
    return { claims, userinfo, mapping: body };
  }

  it('releases what its expression computes, in the ID token and at userinfo', async () => {
    const { claims, userinfo, mapping } = await told(
      'minio',
      '{"policy": "storage-admins" in groups ? "consoleAdmin" : "readonly", "roles": groups.map(g, g + "@" + application.slug)}',
    );
    const expected = { policy: 'consoleAdmin', roles: ['storage-admins@storage'] };
    expect(claims).toMatchObject(expected);
    expect(userinfo).toMatchObject(expected);
    expect(Object.keys(mapping.claims).sort()).toEqual(['policy', 'roles']);
    expect(mapping.expression).toContain('"storage-admins" in groups');
  });

  it('leaves out a claim that is none', async () => {
    const { claims } = await told('nothing', '{"policy": "nobody" in groups ? "consoleAdmin" : none}');
    expect(claims).not.toHaveProperty('policy');
  });

  it('leaves out a claim whose expression fails, keeps the others, and records which and why', async () => {
    const { claims } = await told('broken', '{"shell": user.attributes.unix.shell, "fine": 1}');
    expect(claims).not.toHaveProperty('shell');
    expect(claims).toMatchObject({ fine: 1, preferred_username: 'alice' });
    const events = JSON.parse(await recordedEvents(gatelodge, 'property_mapping_exception'));
    expect(events).toEqual([
      expect.objectContaining({
        username: 'alice',
        context: expect.objectContaining({
          client: 'storage',
          scope: 'broken',
          claim: 'shell',
          expression: 'user.attributes.unix.shell',
          reason: expect.stringContaining('No such key'),
        }),
      }),
    ]);
  });

  it('names its claims in the discovery document', async () => {
    await told('quota', '{"storage_quota": 5}');
    const url = `${gatelodge.origin}/application/o/storage/.well-known/openid-configuration`;
    const discovery = (await (await fetch(url)).json()) as Record<string, unknown>;
    expect(discovery.scopes_supported).toContain('quota');
    expect(discovery.claims_supported).toContain('storage_quota');
  });

  it.each([
    ['that cannot be read', '{"policy": }', /Unexpected|Expected/],
    ['with a name that nobody knows', '{"policy": nobody}', /Unknown variable/],
    ['of authentik, in Python', 'return {"policy": "readwrite"}', /Python/],
    ['that sets a claim of ours', '{"sub": "somebody else"}', /set by Gatelodge/],
  ])('is refused with an expression %s', async (_name, expression, reason) => {
    const fields = { name: 'refused', scope_name: 'refused', expression };
    const { status, body } = await gatelodge.api('POST', SCOPES, fields);
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringMatching(reason)]);
  });

  it('can be read, changed in one field and written back as it is', async () => {
    const { body: made } = await gatelodge.api<Mapping>('POST', SCOPES, {
      name: 'round trip',
      scope_name: 'trip',
      claims: { role: { table: [{ group: 'storage-admins', value: 'admin' }], otherwise: 'user' } },
    });
    const { name, scope_name, expression, claims } = made as unknown as Record<string, unknown>;
    const again = { name, scope_name, expression, claims, description: 'changed' };
    const { status, body } = await gatelodge.api<Mapping>('PUT', `${SCOPES}${made.pk}/`, again);
    expect([status, body.claims]).toEqual([200, made.claims]);
    const { body: converted } = await gatelodge.api<Mapping>('PATCH', `${SCOPES}${made.pk}/`, { expression });
    expect(Object.keys(converted.claims)).toEqual(['role']);
  });
});
