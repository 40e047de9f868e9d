// An issuer: one oidc-provider for each application, because that is what an issuer is, and what makes its discovery
// truthful.
import Provider, { type Client, type KoaContextWithOIDC } from 'oidc-provider';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db, Sql } from '../../platform/database/database.ts';
import type { Outbound } from '../../platform/outbound/outbound.ts';
import type { Sessions } from '../../signin/session/session.ts';
import type { Sandbox } from '../provider/expression/sandbox.ts';
import { useJwtAccessTokens } from './access-token-model.ts';
import { type ClaimsFor, type ClientAccount, useSubjects } from './account.ts';
import { adapterOf } from './adapter.ts';
import type { ArtefactStore } from './artefact/store.ts';
import { auditTrail } from './audit.ts';
import { callOf, leaveFault } from './call.ts';
import { claimFaultRecorder } from './claim-fault.ts';
import { getClientSecret, type OAuth2Provider } from './client.ts';
import { useClientCredentials } from './client-credentials/grant.ts';
import { grantTypesOf, releasedScopes } from './client-registration.ts';
import { computeClaims } from './computed-claims.ts';
import { configurationFor, ENDPOINTS, type Setup } from './configuration.ts';
import { useShortLinks } from './device/short-link.ts';
import { FaultRecorder } from './fault/fault-recorder.ts';
import { recordSignIn, type SignedInClient } from './logout/logout-notice.ts';
import { Metadata } from './metadata.ts';
import { isRegistered } from './redirect-uri.ts';
import { useSsoSessions } from './session-model.ts';
import type { SigningKey } from './signing-key.ts';
import type { Standing } from './standing.ts';

export interface Issuer {
  readonly application: NonNullable<OAuth2Provider['provider']['application']>;
  readonly client: OAuth2Provider;
  readonly provider: Provider;
  readonly faults: FaultRecorder;
  /** All that are published. */
  readonly keys: readonly SigningKey[];
  readonly metadata: Metadata;
  /** The client as oidc-provider knows it. */
  readonly registration: Client;
}

export interface IssuerNeeds {
  readonly db: Db;
  readonly sql: Sql;
  readonly changes: Publisher;
  readonly vault: Vault;
  readonly sessions: Sessions;
  readonly artefacts: ArtefactStore;
  readonly outbound: Outbound;
  readonly sandbox: Sandbox;
  readonly standing: Standing;
}

/** The issuer identifier of an application at an origin. */
export function issuerUrl(origin: string, slug: string, mode: OAuth2Provider['issuerMode']): string {
  return mode === 'global' ? `${origin}/` : `${origin}${ENDPOINTS}/${slug}/`;
}

/** Makes it, with everything of ours inside; undefined for a client that no application uses. */
export async function createIssuer(
  needs: IssuerNeeds,
  origin: string,
  client: OAuth2Provider,
  keys: readonly SigningKey[],
): Promise<Issuer | undefined> {
  const { application } = client.provider;
  if (!application) return undefined;
  const { db, sql, changes, vault, artefacts, sessions, outbound, sandbox, standing } = needs;
  const key = keys.find(({ algorithm }) => algorithm === client.signingAlgorithm);
  if (!key) throw new Error(`There is no ${client.signingAlgorithm} signing key.`);

  let onReplay = (_ctx: KoaContextWithOIDC): void => undefined;
  const adapter = adapterOf({
    store: artefacts,
    keys,
    isSessionLive: (id) => standing.isSessionLive(id),
    onSignIn: (sessionId) => recordSignIn(sql, signedInClient(client, sessionId)),
    onReplay: () => Provider.ctx && onReplay(Provider.ctx),
  });
  const released = releasedScopes(client);
  const recordFaults = claimFaultRecorder(db, client);
  const claimsFor: ClaimsFor = async (person, granted) => {
    const { claims, faults } = await computeClaims(sandbox, client, released, person, granted);
    recordFaults(person.user, faults);
    return claims;
  };
  const clientSecret = getClientSecret(vault, client);
  const { slug } = application;
  const calls = { renderError: leaveFault, fetch: fetchThrough(outbound) };
  const setup = { db, slug, client, clientSecret, released, claimsFor, standing, keys, adapter, ...calls };
  const provider = new Provider(issuerUrl(origin, slug, client.issuerMode), configurationFor(setup));
  // It trusts X-Forwarded-* because hand-over.ts writes them.
  provider.proxy = true;
  useSsoSessions(provider, async (request) => {
    const { viewer } = callOf({ req: request }).state;
    return viewer?.sessionId === undefined ? undefined : sessions.findById(viewer.sessionId);
  });
  useJwtAccessTokens(provider, { key }, (token) => accessTokenClaims(client, token.scope));
  useSubjects(provider);
  useShortLinks(provider);
  if (grantTypesOf(client, released).includes('client_credentials')) {
    useClientCredentials(provider, { db, changes, client, claimsFor, standing });
  }
  onReplay = auditTrail(provider, db, client);
  const faults = new FaultRecorder({ sql, db }, client);
  faults.watch(provider);
  const metadata = new Metadata(provider, origin);
  const registration = await registerClient(provider, client);
  return { application, client, provider, faults, keys, metadata, registration };
}

/** Key sets of clients are fetched by our rules (contract §1), not by oidc-provider's, which never reach a homelab. */
function fetchThrough(outbound: Outbound): Setup['fetch'] {
  return (input, { method, headers, signal } = {}) => {
    const url = input instanceof Request ? input.url : input;
    return outbound.fetch(url, { method, headers, signal: signal ?? undefined });
  };
}

/** oidc-provider's client, with our rules for redirect URIs and a `sid` in every token. */
async function registerClient(provider: Provider, client: OAuth2Provider): Promise<Client> {
  const registration = await provider.Client.find(client.clientId);
  if (!registration) throw new Error('oidc-provider does not know the client that it was made for');
  const uris = client.redirectUris.filter(({ purpose }) => purpose === 'authorization');
  const registered = uris.map(({ url, matchingMode }) => ({
    url,
    matchingMode: matchingMode === 'regex' ? ('regex' as const) : ('strict' as const),
  }));
  const isNative = client.clientType === 'public';
  return Object.assign(registration, {
    redirectUriAllowed: (sent: string) => isRegistered(registered, sent, { isNative }),
    includeSid: () => true,
  });
}

/** The client of the request under way, as the notice of a sign-out will need it. */
function signedInClient({ providerId }: OAuth2Provider, sessionId: string): SignedInClient {
  const { account, provider } = Provider.ctx?.oidc ?? {};
  if (!account || !provider) throw new Error('a code was issued outside a request');
  const { user, subject } = account as ClientAccount;
  return { sessionId, providerId, userId: user.id, issuer: provider.issuer, subject };
}

/** What the token's holder may read of the person: the claims of the ID token, if the client wants them there. */
async function accessTokenClaims(client: OAuth2Provider, scope = ''): Promise<Record<string, unknown>> {
  const { account, authorizationCode, deviceCode, refreshToken } = Provider.ctx?.oidc ?? {};
  if (!account) return {};
  const { subject } = account as ClientAccount;
  const source = authorizationCode ?? deviceCode ?? refreshToken;
  const claims = client.includeClaimsInIdToken ? await account.claims('access_token', scope, {}, []) : {};
  return { ...claims, sub: subject, auth_time: source?.authTime, acr: source?.acr, amr: source?.amr };
}
