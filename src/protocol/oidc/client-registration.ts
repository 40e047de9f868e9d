// What oidc-provider is told of a client. Only what can work is told, so that discovery, which is made from it, is true for
// this application: no grant that it may not use, no way of authenticating that it does not have.
import type { ClientMetadata } from 'oidc-provider';
import type { ReleasedScope } from './claims.ts';
import type { OAuth2Provider } from './client.ts';
import { clientKeys, GRANT_TYPES } from './client-fields.ts';
import { claimsDeclaration } from './scope-mapping-fields.ts';
import type { SigningAlgorithm } from './signing-algorithm.ts';

/** What client assertions may be signed with: never a shared secret, which we could be made to sign with ourselves. */
export const CLIENT_ASSERTION_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

type GrantType = (typeof GRANT_TYPES)[number];

/** The scopes of a client with their claims, read strictly: a row that nobody could have saved releases nothing. */
export function releasedScopes({ scopeMappings, grantTypes }: OAuth2Provider): ReleasedScope[] {
  const all = scopeMappings.map(({ scopeMapping: { scopeName, claims } }) => {
    const declared = claimsDeclaration.safeParse(claims);
    return { scopeName, claims: declared.success ? declared.data : {} };
  });
  const mayRefresh = grantTypes.includes('refresh_token');
  return all.filter(({ scopeName }) => scopeName !== 'offline_access' || mayRefresh);
}

/** The grants that the client may use: refreshing needs its scope, acting as itself needs a proof of itself. */
export function grantTypesOf(
  { grantTypes }: OAuth2Provider,
  released: readonly ReleasedScope[],
): GrantType[] {
  const mayRefresh = released.some(({ scopeName }) => scopeName === 'offline_access');
  return GRANT_TYPES.filter((type) => grantTypes.includes(type) && (type !== 'refresh_token' || mayRefresh));
}

/** Whether the client proves itself by a signature (RFC 7523); then its secret does not count. */
export function hasKeys({ clientType, jwks, jwksUri }: OAuth2Provider): boolean {
  return clientType === 'confidential' && (jwks !== null || jwksUri !== '');
}

export function authMethodsOf(
  client: OAuth2Provider,
): ('none' | 'private_key_jwt' | 'client_secret_basic' | 'client_secret_post')[] {
  if (client.clientType === 'public') return ['none'];
  return hasKeys(client) ? ['private_key_jwt'] : ['client_secret_basic', 'client_secret_post'];
}

interface Registration {
  readonly client: OAuth2Provider;
  readonly clientSecret: string | undefined;
  readonly released: readonly ReleasedScope[];
  readonly slug: string;
}

/** The client in the terms of OpenID Connect Dynamic Client Registration §2. */
export function clientMetadata({ client, clientSecret, released, slug }: Registration): ClientMetadata {
  const grantTypes = grantTypesOf(client, released);
  const mayAuthorize = grantTypes.includes('authorization_code');
  const [authMethod] = authMethodsOf(client);
  return {
    client_id: client.clientId,
    ...(authMethod === 'client_secret_basic' &&
      clientSecret !== undefined && { client_secret: clientSecret }),
    ...(authMethod === 'private_key_jwt' && keysOf(client)),
    client_name: client.provider.application?.name ?? slug,
    token_endpoint_auth_method: authMethod,
    grant_types: grantTypes,
    response_types: mayAuthorize ? ['code'] : [],
    // Only its shape counts: redirectUriAllowed is ours (issuer.ts), which knows expressions and custom schemes.
    redirect_uris: mayAuthorize ? ['https://redirect.invalid/'] : [],
    id_token_signed_response_alg: client.signingAlgorithm as SigningAlgorithm,
  };
}

/** An address wins: what is fetched from there is what the client uses now. */
function keysOf({ jwks, jwksUri }: OAuth2Provider) {
  return jwksUri === '' ? { jwks: clientKeys.parse(jwks) } : { jwks_uri: jwksUri };
}
