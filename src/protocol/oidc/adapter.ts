// Maps oidc-provider's adapter onto an artefact store. What was issued during a single-sign-on session hangs on it: when
// the session has ended, the artefact is as good as deleted, whoever asks and before any clean-up has run.
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { accessTokenId } from './access-token-model.ts';
import type { ArtefactStore, StoredArtefact } from './artefact/store.ts';
import type { SigningKey } from './signing-key.ts';

/** Answers whether the SSO session of that id counts. */
export type IsSessionLive = (id: string) => Promise<boolean>;

interface Needs {
  readonly store: ArtefactStore;
  readonly keys: readonly Pick<SigningKey, 'id'>[];
  readonly isSessionLive: IsSessionLive;
  /** Called before a code exists that signs the person of a session in to the client. */
  readonly onSignIn: (sessionId: string) => Promise<void>;
  /** Called when something that can be used once was used again, after its family has been revoked. */
  readonly onReplay: (model: string, payload: Readonly<Record<string, unknown>>) => void;
}

/** A factory of adapters, one for each of oidc-provider's models. */
export function adapterOf(needs: Needs): (model: string) => Adapter {
  return (model) => new ArtefactAdapter(model, needs);
}

/** A device that asks a little too late shall hear that its code has expired, not that there was none (RFC 8628 §3.5). */
const KEPT_AFTER_SECONDS: Readonly<Record<string, number>> = { DeviceCode: 10 * 60 };

class ArtefactAdapter implements Adapter {
  readonly #model: string;
  readonly #needs: Needs;

  constructor(model: string, needs: Needs) {
    this.#model = model;
    this.#needs = needs;
  }

  async upsert(id: string, payload: AdapterPayload, expiresInSeconds?: number): Promise<void> {
    // The id stays out of the payload: it is what a code or refresh token is presented by.
    const { jti, ...rest } = payload;
    const sessionId = diesWithSession(this.#model, payload) ? textOf(payload.sessionUid) : undefined;
    if (this.#model === 'AuthorizationCode' && sessionId !== undefined) await this.#needs.onSignIn(sessionId);
    const keptSeconds = expiresInSeconds && expiresInSeconds + (KEPT_AFTER_SECONDS[this.#model] ?? 0);
    const expiresAt = keptSeconds ? new Date(Date.now() + keptSeconds * 1000) : undefined;
    await this.#needs.store.upsert(id, {
      model: this.#model,
      // What is found by a second name must know its own.
      payload: this.#model === 'DeviceCode' ? { ...rest, jti } : rest,
      // A grant belongs to itself, so that it is found and deleted with what hangs on it.
      grantId: this.#model === 'Grant' ? id : textOf(payload.grantId),
      ownerId: this.#model === 'Grant' ? Number(payload.accountId) : undefined,
      uid: textOf(payload.userCode),
      sessionId,
      expiresAt,
    });
    // oidc-provider looks before it writes; of two that write at once, one comes second.
    if (this.#model === 'ReplayDetection' && !(await this.#needs.store.consume(this.#model, id))) {
      throw new errors.InvalidClientAuth('client assertion tokens must only be used once');
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    // oidc-provider looks for a token among all kinds; this one is issued as an AccessToken (client-credentials/grant.ts).
    if (this.#model === 'ClientCredentials') return undefined;
    const stored = await this.#needs.store.find(this.#model, accessTokenId(id, this.#needs.keys));
    return this.#live(stored, id);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#live(await this.#needs.store.findByUid(this.#model, userCode), undefined);
  }

  /** Sessions are not stored here (session-model.ts), and nothing else has a uid. */
  findByUid(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Of several that come at once, one wins; the others are what RFC 9700 §4.14.2 calls a replay. */
  async consume(id: string): Promise<void> {
    const { store, onReplay } = this.#needs;
    if (await store.consume(this.#model, id)) return;
    const payload = (await store.find(this.#model, id))?.payload ?? {};
    const grantId = textOf(payload.grantId);
    if (grantId !== undefined) await this.revokeByGrantId(grantId);
    onReplay(this.#model, payload);
    throw new errors.InvalidGrant('already used');
  }

  destroy(id: string): Promise<void> {
    return this.#needs.store.delete(this.#model, id);
  }

  revokeByGrantId(grantId: string): Promise<void> {
    return this.#needs.store.deleteByGrant(grantId);
  }

  async #live(
    stored: StoredArtefact | undefined,
    id: string | undefined,
  ): Promise<AdapterPayload | undefined> {
    if (!stored) return undefined;
    const { payload, sessionId, consumedAt } = stored;
    if (sessionId !== undefined && !(await this.#needs.isSessionLive(sessionId))) return undefined;
    const consumed = consumedAt && { consumed: Math.floor(consumedAt.getTime() / 1000) };
    return { ...payload, ...(id !== undefined && { jti: id }), ...consumed };
  }
}

/** Codes, and access tokens that came from one. What a refresh token brought lives as it does: without a session. */
function diesWithSession(model: string, { gty }: AdapterPayload): boolean {
  return model === 'AuthorizationCode' || (model === 'AccessToken' && gty === 'authorization_code');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
