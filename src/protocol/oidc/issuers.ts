// The issuers that are at hand: made when needed, kept for a short while, and all dropped when a client, an application
// or a key changes: making one costs about a millisecond.
import type { Changes } from '../../platform/database/changes.ts';
import { Recent } from '../../platform/database/recent.ts';
import { findLiveAccessToken, type LiveAccessToken } from './access-token.ts';
import { findClient, findClientOfApplication, type OAuth2Provider } from './client.ts';
import { createIssuer, type Issuer, type IssuerNeeds } from './issuer.ts';
import { clientIdClaimedBy } from './issuer-choice.ts';
import { RecentAnswers } from './recent-answers.ts';
import { publishedKeys, type SigningKey } from './signing-key.ts';
import { Standing } from './standing.ts';

const KEPT_SECONDS = 30;
const MAX_KEPT = 200;

interface Needs extends Omit<IssuerNeeds, 'standing'> {
  readonly changes: Changes;
}

interface Kept {
  readonly issuer: Promise<Issuer | undefined>;
  made?: Issuer;
  readonly until: number;
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
    const { db, vault } = this.#needs;
    // The same for all: native keys weigh more than an issuer, and the garbage collector does not see their weight.
    const keys = (await this.#keys.find('', () => publishedKeys(db, vault))) ?? [];
    return createIssuer({ ...this.#needs, standing: this.#standing }, origin, client, keys);
  }
}
