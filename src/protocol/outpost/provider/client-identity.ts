// A proxied application is an OAuth client too, as in authentik: programs get tokens for it by the client credentials
// grant and send them along as `Bearer`. Nobody signs in to it by a code.
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import { generateCredential } from '../../oidc/client.ts';
import { CLIENT_ID_LENGTH, CLIENT_SECRET_LENGTH } from '../../oidc/client-fields.ts';
import { defaultScopeMappingIds } from '../../oidc/scope-mapping.ts';

/** What one statement may carry. */
const AT_ONCE = 500;

/** Gives each of the providers a client id and secret; one that has them already keeps its own. */
export async function createClientIdentities(
  db: Db,
  vault: Vault,
  providerIds: readonly number[],
): Promise<void> {
  const clients = providerIds.map((providerId) => ({
    providerId,
    clientId: generateCredential(CLIENT_ID_LENGTH),
    clientSecretSealed: vault.seal(generateCredential(CLIENT_SECRET_LENGTH)),
    grantTypes: ['client_credentials'],
  }));
  const scopeMappingIds = await defaultScopeMappingIds(db);
  const scopes = providerIds.flatMap((providerId) =>
    scopeMappingIds.map((scopeMappingId) => ({ providerId, scopeMappingId })),
  );
  // Of two replicas that start at once, one makes them.
  await db.oAuth2Provider.createMany({ data: clients, skipDuplicates: true });
  await db.providerScopeMapping.createMany({ data: scopes, skipDuplicates: true });
}

/** Gives one to every proxy provider from before they had them. */
export async function ensureClientIdentities(db: Db, vault: Vault): Promise<void> {
  const where = { provider: { oauth2: null } };
  const without = await db.proxyProvider.findMany({ where, select: { providerId: true } });
  const ids = without.map(({ providerId }) => providerId);
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    await createClientIdentities(db, vault, ids.slice(from, from + AT_ONCE));
  }
}
