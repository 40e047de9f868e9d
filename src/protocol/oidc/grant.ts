// Grants: what the person has allowed an application in one authorization, and what all of its tokens hang on.
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Db } from '../../platform/database/database.ts';
import type { OAuth2Provider } from './client.ts';
import { isConsentGiven } from './interaction-policy.ts';

/** A grant must outlive what is issued under it, for two rounds, so that not every refresh has to renew it. */
export function grantSeconds(client: OAuth2Provider): number {
  const { accessCodeValiditySeconds, accessTokenValiditySeconds, refreshTokenValiditySeconds } = client;
  return accessCodeValiditySeconds + 2 * Math.max(accessTokenValiditySeconds, refreshTokenValiditySeconds);
}

/**
 * A new grant for every authorization, so that a replayed code or refresh token takes its own family with it and nothing
 * else; none while the person has yet to consent.
 */
export async function grantFor(db: Db, client: OAuth2Provider, { oidc }: KoaContextWithOIDC) {
  const { accountId, clientId } = { accountId: oidc.session?.accountId, clientId: client.clientId };
  if (accountId === undefined) return undefined;
  const scopes = [...oidc.requestParamOIDCScopes];
  if (!(await isConsentGiven(db, client, Number(accountId), scopes))) return undefined;
  const grant = new oidc.provider.Grant({ accountId, clientId });
  grant.addOIDCScope(scopes.join(' '));
  await grant.save();
  return grant;
}

/** Lets the grant of a refresh token live on with it. */
export async function renewGrant(
  client: OAuth2Provider,
  { oidc: { grant } }: KoaContextWithOIDC,
): Promise<void> {
  if (!grant || grant.remainingTTL > grantSeconds(client) / 2) return;
  grant.exp = Math.floor(Date.now() / 1000) + grantSeconds(client);
  await grant.save();
}
