// What oidc-provider keeps: codes, tokens, grants, interactions. Two stores stand behind it, the database and Redis, and
// one test table holds them to the same behaviour. Ids are kept as digests and payloads sealed: whoever reads a dump has
// nothing that could be presented.

export interface Artefact {
  /** oidc-provider's model name, for example `AccessToken`. */
  readonly model: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What it was issued under: revoked together. */
  readonly grantId: string | undefined;
  /** Of a grant: the user who gave it. */
  readonly ownerId?: number | undefined;
  /** A second name to find it by, for example a device code's user code. */
  readonly uid: string | undefined;
  /** The SSO session it dies with. */
  readonly sessionId: string | undefined;
  readonly expiresAt: Date | undefined;
}

export interface StoredArtefact {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly sessionId: string | undefined;
  readonly consumedAt: Date | undefined;
  readonly expiresAt: Date | undefined;
}

export interface OwnedArtefact extends StoredArtefact {
  /** What it is stored under: names it, and cannot be presented. */
  readonly key: string;
  readonly grantId: string;
}

export interface ArtefactStore {
  /** Writes the artefact under its id, over what stood there. */
  upsert(id: string, artefact: Artefact): Promise<void>;
  /** Never one that has expired. */
  find(model: string, id: string): Promise<StoredArtefact | undefined>;
  findByUid(model: string, uid: string): Promise<StoredArtefact | undefined>;
  /** Marks it as used; true for exactly one of all callers, however many come at once. */
  consume(model: string, id: string): Promise<boolean>;
  delete(model: string, id: string): Promise<void>;
  /** Deletes all that was issued under the grant, and the grant itself when it is stored under that id. */
  deleteByGrant(grantId: string): Promise<void>;
  /** The grants that a user has given, with everything that was issued under them and has not expired. */
  listByOwner(ownerId: number): Promise<OwnedArtefact[]>;
  deleteByKey(key: string): Promise<void>;
  /** Removes what has expired; returns how many. */
  purgeExpired(now: Date): Promise<number>;
}
