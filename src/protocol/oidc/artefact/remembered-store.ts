// Access tokens and grants in memory, before either store: whatever a service asks with a token asks for one of each. Kept
// when written or read, dropped in every replica when deleted.
import type { Changes } from '../../../platform/database/changes.ts';
import { Recent } from '../../../platform/database/recent.ts';
import { artefactKey } from './envelope.ts';
import type { Artefact, ArtefactStore, OwnedArtefact, StoredArtefact } from './store.ts';

const REMEMBERED = new Set(['AccessToken', 'Grant']);
const MOST_KEPT = 8000;

interface Remembered {
  /** As JSON: oidc-provider changes what it is given. */
  readonly payload: string;
  readonly grantKey: string | undefined;
  readonly sessionId: string | undefined;
  readonly expiresAt: Date;
}

export class RememberedArtefactStore implements ArtefactStore {
  readonly #store: ArtefactStore;
  readonly #changes: Changes;
  readonly #recent: Recent<Remembered>;

  constructor(store: ArtefactStore, changes: Changes) {
    this.#store = store;
    this.#changes = changes;
    this.#recent = new Recent(changes, MOST_KEPT);
    changes.subscribe('artefact', ({ key }) => {
      this.#recent.drop(key);
      this.#recent.dropWhere(({ grantKey }) => grantKey === key);
    });
  }

  async upsert(id: string, artefact: Artefact): Promise<void> {
    await this.#store.upsert(id, artefact);
    const remembered = rememberedOf(artefact);
    if (remembered && REMEMBERED.has(artefact.model)) {
      this.#recent.put(artefactKey(artefact.model, id), remembered);
    }
  }

  async find(model: string, id: string): Promise<StoredArtefact | undefined> {
    if (!REMEMBERED.has(model)) return this.#store.find(model, id);
    let found: StoredArtefact | undefined;
    const remembered = await this.#recent.find(artefactKey(model, id), async () => {
      found = await this.#store.find(model, id);
      return found && rememberedOf(found);
    });
    return found ?? (remembered && storedOf(remembered));
  }

  findByUid(model: string, uid: string): Promise<StoredArtefact | undefined> {
    return this.#store.findByUid(model, uid);
  }

  consume(model: string, id: string): Promise<boolean> {
    return this.#store.consume(model, id);
  }

  async delete(model: string, id: string): Promise<void> {
    await this.#store.delete(model, id);
    if (REMEMBERED.has(model)) this.#forget(artefactKey(model, id));
  }

  async deleteByGrant(grantId: string): Promise<void> {
    await this.#store.deleteByGrant(grantId);
    this.#forget(artefactKey('Grant', grantId));
  }

  listByOwner(ownerId: number): Promise<OwnedArtefact[]> {
    return this.#store.listByOwner(ownerId);
  }

  async deleteByKey(key: string): Promise<void> {
    await this.#store.deleteByKey(key);
    this.#forget(key);
  }

  purgeExpired(now: Date): Promise<number> {
    return this.#store.purgeExpired(now);
  }

  #forget(key: string): void {
    this.#changes.publish('artefact', { key });
  }
}

/** What never expires could be found for seconds after it has been deleted past us. */
function rememberedOf({ payload, sessionId, expiresAt }: Artefact | StoredArtefact): Remembered | undefined {
  const { grantId } = payload;
  const grantKey = typeof grantId === 'string' ? artefactKey('Grant', grantId) : undefined;
  return expiresAt && { payload: JSON.stringify(payload), grantKey, sessionId, expiresAt };
}

function storedOf({ payload, sessionId, expiresAt }: Remembered): StoredArtefact | undefined {
  if (expiresAt <= new Date()) return undefined;
  return { payload: JSON.parse(payload), sessionId, expiresAt, consumedAt: undefined };
}
