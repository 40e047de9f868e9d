// Issuers: one oidc-provider for each application, because that is what an issuer is, and what makes its discovery
// truthful. They are made when needed, kept for a short while, and all dropped when a client, an application or a key
// changes: making one costs about a millisecond.
import Provider, { type Client, type KoaContextWithOIDC } from 'oidc-provider';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Changes } from '../../platform/database/changes.ts';
import type { Db, Sql } from '../../platform/database/database.ts';
import { Recent } from '../../platform/database/recent.ts';
import type { Outbound } from '../../platform/outbound/outbound.ts';
import type { Sessions } from '../../signin/session/session.ts';
import type { Sandbox } from '../provider/expression/sandbox.ts';
import { findLiveAccessToken, type LiveAccessToken } from './access-token.ts';
import { useJwtAccessTokens } from './access-token-model.ts';
import { type ClaimsFor, type ClientAccount, useSubjects } from './account.ts';
import { adapterOf } from './adapter.ts';
import type { ArtefactStore } from './artefact/store.ts';
import { auditTrail } from './audit.ts';
import { callOf, leaveFault } from './call.ts';
import { claimFaultRecorder } from './claim-fault.ts';
import { findClient, findClientOfApplication, getClientSecret, type OAuth2Provider } from './client.ts';
import { useClientCredentials } from './client-credentials/grant.ts';
import { grantTypesOf, releasedScopes } from './client-registration.ts';
import { computeClaims } from './computed-claims.ts';
import { configurationFor, ENDPOINTS, type Setup } from './configuration.ts';
import { useShortLinks } from './device/short-link.ts';
import { FaultRecorder } from './fault/fault-recorder.ts';
import { clientIdClaimedBy } from './issuer-choice.ts';
import { recordSignIn, type SignedInClient } from './logout/logout-notice.ts';
import { Metadata } from './metadata.ts';
import { RecentAnswers } from './recent-answers.ts';
import { isRegistered } from './redirect-uri.ts';
import { useSsoSessions } from './session-model.ts';
import { publishedKeys, type SigningKey } from './signing-key.ts';
import { Standing } from './standing.ts';

const KEPT_SECONDS = 30;
const MAX_KEPT = 200;

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

interface Needs {
  readonly db: Db;
  readonly sql: Sql;
  readonly changes: Changes;
  readonly vault: Vault;
  readonly sessions: Sessions;
  readonly artefacts: ArtefactStore;
  readonly outbound: Outbound;
  readonly sandbox: Sandbox;
}

interface Kept {
  readonly issuer: Promise<Issuer | undefined>;
  made?: Issuer;
  readonly until: number;
}

/** The issuer identifier of an application at an origin. */
export function issuerUrl(origin: string, slug: string, mode: OAuth2Provider['issuerMode']): string {
  return mode === 'global' ? `${origin}/` : `${origin}${ENDPOINTS}/${slug}/`;
}

export class Issuers {
  /** What they have answered a moment ago. */
  readonly answers: RecentAnswers;
  readonly #needs: Needs;
  readonly #standing: Standing;
  readonly #keys: Recent<readonly SigningKey[]>;
  readonly #kept = new Map<string, Kept>();

  constructor(needs: Needs) {
    this.#needs = needs;
    this.answers = new RecentAnswers(needs.changes);
    this.#standing = new Standing(needs);
    this.#keys = new Recent(needs.changes, 1);
    const forget = () => {
      this.#keys.clear();
      this.#kept.clear();
    };
    for (const kind of ['provider', 'application', 'signingKey'] as const)
      needs.changes.subscribe(kind, forget);
    needs.changes.onInterruption(forget);
  }

  /** The issuer that the client belongs to; undefined for an unknown client, or one that no application uses. */
  findByClientId(origin: string, clientId: string): Promise<Issuer | undefined> {
    return this.#keep(`${origin} client ${clientId}`, origin, () => findClient(this.#needs.db, clientId));
  }

  /** The issuer of the application with that slug. */
  findBySlug(origin: string, slug: string): Promise<Issuer | undefined> {
    return this.#keep(`${origin} slug ${slug}`, origin, () => findClientOfApplication(this.#needs.db, slug));
  }

  /** The issuer of the application with that slug, if it is at hand. */
  recall(origin: string, slug: string): Issuer | undefined {
    const kept = this.#kept.get(`${origin} slug ${slug}`);
    return kept && kept.until > Date.now() ? kept.made : undefined;
  }

  /** Any client's access token, if it counts now. */
  async findAccessToken(origin: string, text: string): Promise<LiveAccessToken | undefined> {
    const clientId = clientIdClaimedBy(text);
    const issuer = clientId === undefined ? undefined : await this.findByClientId(origin, clientId);
    return issuer && findLiveAccessToken(issuer, this.#standing, text);
  }

  /** The issuer whose sign-in was interrupted under that id. */
  async findByInteraction(origin: string, uid: string): Promise<Issuer | undefined> {
    const interaction = await this.#needs.artefacts.find('Interaction', uid);
    const params = interaction?.payload.params as { client_id?: unknown } | undefined;
    return typeof params?.client_id === 'string' ? this.findByClientId(origin, params.client_id) : undefined;
  }

  /** The issuer at which a device asked for that code (RFC 8628). */
  async findByUserCode(origin: string, userCode: string): Promise<Issuer | undefined> {
    const code = await this.#needs.artefacts.findByUid('DeviceCode', userCode);
    const clientId = code?.payload.clientId;
    return typeof clientId === 'string' ? this.findByClientId(origin, clientId) : undefined;
  }

  #keep(
    key: string,
    origin: string,
    find: () => Promise<OAuth2Provider | undefined>,
  ): Promise<Issuer | undefined> {
    const kept = this.#kept.get(key);
    if (kept && kept.until > Date.now()) return kept.issuer;
    const issuer = find().then((client) => client && this.#make(origin, client));
    this.#kept.delete(key);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    const entry: Kept = { issuer, until: Date.now() + KEPT_SECONDS * 1000 };
    this.#kept.set(key, entry);
    // Neither a failure nor an unknown client is worth keeping: strangers could fill the store with them.
    issuer.then(
      (made) => {
        if (made) entry.made = made;
        else this.#drop(key, issuer);
      },
      () => this.#drop(key, issuer),
    );
    return issuer;
  }

  #drop(key: string, issuer: Kept['issuer']): void {
    if (this.#kept.get(key)?.issuer === issuer) this.#kept.delete(key);
  }

  async #make(origin: string, client: OAuth2Provider): Promise<Issuer | undefined> {
    const { application } = client.provider;
    if (!application) return undefined;
    const { db, sql, changes, vault, artefacts, sessions, outbound, sandbox } = this.#needs;
    const standing = this.#standing;
    // The same for all: native keys weigh more than an issuer, and the garbage collector does not see their weight.
    const keys = (await this.#keys.find('', () => publishedKeys(db, vault))) ?? [];
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
