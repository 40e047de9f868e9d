// Claims that one application has for itself, beside those of the shared scopes.
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import type { OAuth2Provider } from './client.ts';
import { addOwnScopeMapping, deleteScopeMapping, updateScopeMapping } from './scope-mapping.ts';
import { type ClaimSource, claimsDeclaration } from './scope-mapping-fields.ts';

export interface OwnClaim {
  readonly scope: string;
  readonly claim: string;
  readonly source: ClaimSource;
}

/** Adds the claim to the application's own scope of that name, or changes it there; throws InvalidInput. */
export function setOwnClaim(
  db: Db,
  changes: Publisher,
  client: OAuth2Provider,
  { scope, claim, source }: OwnClaim,
): Promise<void> {
  return inTransaction(db, changes, async (tx, publisher) => {
    const own = client.scopeMappings
      .map(({ scopeMapping }) => scopeMapping)
      .find(({ ownerId, scopeName }) => ownerId === client.providerId && scopeName === scope);
    if (own) {
      const claims = { ...claimsDeclaration.parse(own.claims), [claim]: source };
      await updateScopeMapping(tx, publisher, own.id, { claims });
    } else {
      const name = `${client.provider.application?.slug ?? client.clientId}: ${scope}`;
      const mapping = { name, scopeName: scope, claims: { [claim]: source } };
      await addOwnScopeMapping(tx, publisher, client.providerId, mapping);
    }
  });
}

/** Takes the claim away, and its scope with it when nothing is left; throws NotFound for what is not the client's own. */
export async function deleteOwnClaim(
  db: Db,
  changes: Publisher,
  client: OAuth2Provider,
  scopeMappingId: string,
  claim: string,
): Promise<void> {
  const own = await db.scopeMapping.findFirst({ where: { id: scopeMappingId, ownerId: client.providerId } });
  const claims = own && claimsDeclaration.parse(own.claims);
  if (!claims || !Object.hasOwn(claims, claim)) throw new NotFound('There is no such claim.');
  const { [claim]: _, ...rest } = claims;
  if (Object.keys(rest).length === 0) await deleteScopeMapping(db, changes, scopeMappingId);
  else await updateScopeMapping(db, changes, scopeMappingId, { claims: rest });
}
