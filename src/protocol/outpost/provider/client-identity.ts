// A proxied application is an OAuth client too, as in authentik: programs get tokens for it by the client credentials
// grant and send them along as `Bearer`. Nobody signs in to it by a code.
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import { generateCredential } from '../../oidc/client.ts';
import { CLIENT_ID_LENGTH, CLIENT_SECRET_LENGTH } from '../../oidc/client-fields.ts';
import { defaultScopeMappingIds } from '../../oidc/scope-mapping.ts';

/** Gives the provider a client id and secret. */
export async function createClientIdentity(db: Db, vault: Vault, providerId: number): Promise<void> {
  const clientSecretSealed = vault.seal(generateCredential(CLIENT_SECRET_LENGTH));
  const client = { providerId, clientId: generateCredential(CLIENT_ID_LENGTH), clientSecretSealed };
  const grantTypes = ['client_credentials'];
  // Of two replicas that start at once, one makes it.
  const { count } = await db.oAuth2Provider.createMany({
    data: { ...client, grantTypes },
    skipDuplicates: true,
  });
  if (count === 0) return;
  const scopeMappingIds = await defaultScopeMappingIds(db);
  const data = scopeMappingIds.map((scopeMappingId) => ({ providerId, scopeMappingId }));
  await db.providerScopeMapping.createMany({ data });
}

/** Gives one to every proxy provider from before they had them. */
export async function ensureClientIdentities(db: Db, vault: Vault): Promise<void> {
  const where = { provider: { oauth2: null } };
  const without = await db.proxyProvider.findMany({ where, select: { providerId: true } });
  for (const { providerId } of without) await createClientIdentity(db, vault, providerId);
}
