// The client credentials grant (RFC 6749 §4.4). Its tokens are about a user all the same, the service account or whom the
// request has named, so that access rules, claims and deactivation hold for them as for any other (CVE-2024-52287).
import type Provider from 'oidc-provider';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { type ClaimsFor, type ClientAccount, findEntitledAccount } from '../account.ts';
import { DEFAULT_ACR } from '../acr.ts';
import { callOf } from '../call.ts';
import type { OAuth2Provider } from '../client.ts';
import type { Standing } from '../standing.ts';
import { ensureServiceAccount, serviceAccountName } from './service-account.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly client: OAuth2Provider;
  readonly claimsFor: ClaimsFor;
  readonly standing: Standing;
}

/** Teaches the provider the grant; oidc-provider's own knows no user, and so no rules. */
export function useClientCredentials(provider: Provider, needs: Needs): void {
  provider.registerGrantType('client_credentials', (ctx) => issueTokens(needs, ctx), ['scope']);
}

async function issueTokens(needs: Needs, ctx: KoaContextWithOIDC): Promise<void> {
  const { client } = needs;
  const account = await accountOf(needs, ctx);
  ctx.oidc.entity('Account', account);

  // There is nothing to refresh: whoever may ask once may ask again (§4.4.3).
  const asked = [...ctx.oidc.requestParamOIDCScopes].filter((name) => name !== 'offline_access');
  const scope = asked.length > 0 ? asked.join(' ') : 'openid';

  const { accountId } = account;
  const { Grant, AccessToken, IdToken } = ctx.oidc.provider;
  const grant = new Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const registration = ctx.oidc.client;
  if (!registration) throw new Error('oidc-provider calls a grant for an authenticated client only');
  const token = new AccessToken({
    accountId,
    client: registration,
    grantId,
    gty: 'client_credentials',
    scope,
  });
  const accessToken = await token.save();

  const idToken = new IdToken(await account.claims('id_token', scope, {}, []), { ctx });
  // Its types do not know that it has one.
  Object.assign(idToken, { scope: client.includeClaimsInIdToken ? scope : 'openid' });
  idToken.set('acr', DEFAULT_ACR);
  idToken.set('auth_time', token.iat);
  ctx.body = {
    access_token: accessToken,
    expires_in: token.expiration,
    ...(scope.split(' ').includes('openid') && { id_token: await idToken.issue({ use: 'idtoken' }) }),
    scope,
    token_type: 'Bearer',
  };
}

/** Throws InvalidGrant for an account that may not open the application, UnauthorizedClient for a client without one. */
async function accountOf(needs: Needs, ctx: KoaContextWithOIDC): Promise<ClientAccount> {
  const { db, changes, client } = needs;
  const { actsFor } = callOf(ctx);
  if (actsFor === undefined && client.clientType === 'public') {
    throw new errors.UnauthorizedClient('a public client cannot prove who it is: name a user');
  }
  const userId = actsFor ?? (await ensureServiceAccount(db, changes, client))?.id;
  const account = userId === undefined ? undefined : await findEntitledAccount(needs, String(userId));
  if (account) return account;
  const name = actsFor === undefined ? serviceAccountName(client) : 'the user';
  throw new errors.InvalidGrant(`${name} is not active, or may not open this application`);
}
