// How oidc-provider is set up for one application. Everything it would decide by itself is decided here, so discovery
// says what is true of this client, and nothing prints a NOTICE.
import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Db } from '../../platform/database/database.ts';
import { type ClaimsFor, findAccount, findEntitledAccount } from './account.ts';
import { ACR_VALUES } from './acr.ts';
import type { adapterOf } from './adapter.ts';
import { callOf } from './call.ts';
import { claimNamesByScope, type ReleasedScope } from './claims.ts';
import type { OAuth2Provider } from './client.ts';
import { DEVICE_CODE_GRANT } from './client-fields.ts';
import {
  authMethodsOf,
  CLIENT_ASSERTION_ALGORITHMS,
  clientMetadata,
  grantTypesOf,
  hasKeys,
} from './client-registration.ts';
import { grantFor, grantSeconds, renewGrant } from './grant.ts';
import { policyFor } from './interaction-policy.ts';
import { PublishedKey } from './published-key.ts';
import type { SigningAlgorithm } from './signing-algorithm.ts';
import type { SigningKey } from './signing-key.ts';
import type { Standing } from './standing.ts';

export const ENDPOINTS = '/application/o';
export const INTERACTION = `${ENDPOINTS}/interaction`;
export const DEVICE_PAGE = '/device';
export const SIGN_IN_FLOW = 'default-authentication-flow';
/** Long enough to find the telephone, the password and its second factor. */
const DEVICE_CODE_SECONDS = 10 * 60;
/** A sign-in left open over lunch can still be finished. */
const INTERACTION_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * 60 * 60;
/** Cookies of ours beside oidc-provider's `session`, which is never set. */
export const INTERACTION_COOKIE = 'gatelodge_interaction';

type Adapters = ReturnType<typeof adapterOf>;
type RenderError = NonNullable<Configuration['renderError']>;
type Fetch = NonNullable<Configuration['fetch']>;

export interface Setup {
  readonly db: Db;
  readonly slug: string;
  readonly client: OAuth2Provider;
  readonly clientSecret: string | undefined;
  readonly released: readonly ReleasedScope[];
  readonly claimsFor: ClaimsFor;
  readonly standing: Standing;
  readonly keys: readonly SigningKey[];
  readonly adapter: Adapters;
  readonly renderError: RenderError;
  readonly fetch: Fetch;
}

export function configurationFor(setup: Setup): Configuration {
  const { db, slug, client, released, keys, adapter, renderError, fetch } = setup;
  const algorithm = client.signingAlgorithm as SigningAlgorithm;
  const grantTypes = grantTypesOf(client, released);
  return {
    adapter,
    renderError,
    fetch,
    clients: [clientMetadata(setup)],
    jwks: { keys: keys.map((key) => new PublishedKey(key)) },
    enabledJWA: {
      idTokenSigningAlgValues: [algorithm],
      clientAuthSigningAlgValues: hasKeys(client) ? [...CLIENT_ASSERTION_ALGORITHMS] : [],
    },
    routes: {
      authorization: `${ENDPOINTS}/authorize/`,
      token: `${ENDPOINTS}/token/`,
      userinfo: `${ENDPOINTS}/userinfo/`,
      introspection: `${ENDPOINTS}/introspect/`,
      revocation: `${ENDPOINTS}/revoke/`,
      device_authorization: `${ENDPOINTS}/device/`,
      code_verification: DEVICE_PAGE,
      jwks: `${ENDPOINTS}/${slug}/jwks/`,
      end_session: `${ENDPOINTS}/${slug}/end-session/`,
    },
    features: {
      ...FEATURES,
      introspection: { enabled: true, allowedPolicy: (_ctx, caller, token) => mayKnow(setup, caller, token) },
      deviceFlow: { enabled: grantTypes.includes(DEVICE_CODE_GRANT), deviceInfo },
    },
    discovery: FURTHER_METADATA,
    ttl: lifetimes(client),
    scopes: [...new Set(['openid', ...released.map(({ scopeName }) => scopeName)])],
    claims: {
      ...claimNamesByScope(released),
      openid: ['sub', 'auth_time', 'amr', 'acr'],
      acr: null,
      sid: null,
    },
    acrValues: [...ACR_VALUES],
    conformIdTokenClaims: !client.includeClaimsInIdToken,
    clientAuthMethods: authMethodsOf(client),
    responseTypes: grantTypes.includes('authorization_code') ? ['code'] : [],
    pkce: { required: () => client.clientType === 'public' || client.isPkceRequired },
    allowOmittingSingleRegisteredRedirectUri: false,
    cookies: {
      names: { interaction: INTERACTION_COOKIE, resume: 'gatelodge_resume', session: 'gatelodge_oidc' },
    },
    clientBasedCORS: (_ctx, origin) => isOriginOf(client, origin),
    interactions: { policy: policyFor(db, client), url: (_ctx, { uid }) => `${INTERACTION}/${uid}/` },
    findAccount: (_ctx, accountId, token) => (token ? findEntitledAccount : findAccount)(setup, accountId),
    loadExistingGrant: (ctx) => grantFor(db, client, ctx),
    rotateRefreshToken: async (ctx) => {
      await renewGrant(client, ctx);
      return true;
    },
    // Stored with the token by access-token-model.ts; introspection shows them.
    extraTokenClaims: (_ctx, { extra }) => extra,
    // Ours hang on the single-sign-on session by themselves (adapter.ts).
    expiresWithSession: () => false,
    extraParams: { access_type: keepOfflineAccess },
  };
}

/** Said outright; and logout, which is ours (logout/): oidc-provider's own would tell a client of its own issuer only, and never a second time. */
const FURTHER_METADATA = {
  request_parameter_supported: false,
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
};

/** Who asks, for the person who is to decide. */
function deviceInfo(ctx: KoaContextWithOIDC) {
  return { address: callOf(ctx).state.clientAddress };
}

const FEATURES = {
  devInteractions: { enabled: false },
  // Off on purpose: no service of a homelab speaks them yet, and what is advertised must be tested (docs/decisions.md).
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  resourceIndicators: { enabled: false },
  userinfo: { enabled: true },
  // Advertised here, answered by routes.ts: oidc-provider's own pages need JavaScript.
  rpInitiatedLogout: { enabled: true },
  revocation: { enabled: true, allowedPolicy: (_ctx, { clientId }, token) => token.clientId === clientId },
  externalSigningSupport: { enabled: true, ack: 'experimental-01' },
} as const satisfies NonNullable<Configuration['features']>;

/** A token of another client is none of the caller's business (CVE-2024-47077); one of nobody who may come in is dead. */
async function mayKnow(
  setup: Setup,
  { clientId, clientAuthMethod }: Client,
  token: { readonly clientId?: string | undefined; readonly accountId?: string | undefined },
): Promise<boolean> {
  if (clientAuthMethod === 'none' || token.clientId !== clientId) return false;
  const { accountId } = token;
  return accountId === undefined || (await findEntitledAccount(setup, accountId)) !== undefined;
}

function lifetimes(client: OAuth2Provider): NonNullable<Configuration['ttl']> {
  const { accessCodeValiditySeconds, accessTokenValiditySeconds, refreshTokenValiditySeconds } = client;
  return {
    AccessToken: accessTokenValiditySeconds,
    AuthorizationCode: accessCodeValiditySeconds,
    IdToken: accessTokenValiditySeconds,
    RefreshToken: refreshTokenValiditySeconds,
    Grant: grantSeconds(client),
    DeviceCode: DEVICE_CODE_SECONDS,
    Interaction: INTERACTION_SECONDS,
    Session: DAY_SECONDS,
  };
}

/** Browser applications of the client's own origins may read its endpoints. */
function isOriginOf({ redirectUris }: OAuth2Provider, origin: string): boolean {
  return redirectUris.some(
    ({ matchingMode, url }) => matchingMode === 'strict' && URL.parse(url)?.origin === origin,
  );
}

/**
 * oidc-provider drops `offline_access` unless the client sends `prompt=consent` (OpenID Connect Core §11); nearly none
 * does, and with implicit consent the administrator has agreed. This hook is the first to run after it did: that it
 * hangs on Google's `access_type`, which we ignore, means nothing. Held by test/protocol/oidc/token.property.test.ts.
 */
function keepOfflineAccess(ctx: KoaContextWithOIDC): void {
  const { params, client } = ctx.oidc;
  const isAskedFor = String(ctx.query.scope ?? '')
    .split(' ')
    .includes('offline_access');
  if (!params || !isAskedFor || !client?.grantTypeAllowed('refresh_token')) return;
  params.scope = [...new Set([...String(params.scope ?? '').split(' '), 'offline_access'])].join(' ').trim();
}
