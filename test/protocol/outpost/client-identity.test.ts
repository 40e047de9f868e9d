// What was made before proxied applications were OAuth clients becomes one when the server starts.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CLIENT_SECRET_LENGTH } from '../../../src/protocol/oidc/client-fields.ts';
import { ensureClientIdentities } from '../../../src/protocol/outpost/provider/client-identity.ts';
import { everyBackend } from '../../support/backends.ts';
import { type Gate, openGate } from './gate.ts';

const OLD = Array.from({ length: 501 }, (_, index) => `old-${index}`);

everyBackend('the client identity of proxied applications', (backend) => {
  let gate: Gate;
  let keptId: number;

  beforeAll(async () => {
    gate = await openGate(backend);
    ({ providerId: keptId } = await gate.protect({ slug: 'kept', externalHost: 'https://kept.home.test' }));
  });
  afterAll(() => gate?.gatelodge.stop());

  it('is made once for each that has none, also by two servers at once, and never anew', async () => {
    const { db, vault } = gate.gatelodge.deps;
    const kept = await db.oAuth2Provider.findUniqueOrThrow({ where: { providerId: keptId } });
    await db.provider.createMany({ data: OLD.map((name) => ({ type: 'proxy' as const, name })) });
    const providers = await db.provider.findMany({ where: { name: { in: OLD } } });
    await db.proxyProvider.createMany({
      data: providers.map(({ id, name }) => ({ providerId: id, externalHost: `https://${name}.home.test` })),
    });

    await Promise.all([ensureClientIdentities(db, vault), ensureClientIdentities(db, vault)]);

    const clients = await db.oAuth2Provider.findMany({
      where: { providerId: { in: providers.map(({ id }) => id) } },
      include: { scopeMappings: true },
    });
    const scopes = await db.scopeMapping.count({ where: { managed: { not: null } } });
    expect(new Set(clients.map(({ clientId }) => clientId)).size).toBe(OLD.length);
    for (const { clientSecretSealed, grantTypes, scopeMappings } of clients) {
      expect(vault.open(clientSecretSealed ?? '')).toHaveLength(CLIENT_SECRET_LENGTH);
      expect([grantTypes, scopeMappings.length]).toEqual([['client_credentials'], scopes]);
    }
    expect(await db.oAuth2Provider.findUniqueOrThrow({ where: { providerId: keptId } })).toEqual(kept);
  });
});
