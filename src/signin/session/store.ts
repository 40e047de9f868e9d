// What a session store does. Two stand behind it, the database and Redis, and one test table holds them to the same
// behaviour (test/signin/session-store.test.ts). A store never decides who is signed in: session.ts does.

/** One single-sign-on session, as far as it may be shown: the browser's token is known only by its hash. */
export interface SsoSession {
  readonly id: string;
  readonly userId: number;
  /** RFC 8176 values, in the order in which they were proved: pwd, otp, hwk, mfa … */
  readonly methods: readonly string[];
  /** When the person last proved who they are (auth_time). */
  readonly authenticatedAt: Date;
  /** "Stay signed in": slides with use; otherwise it ends with the browser, and within a day. */
  readonly isPersistent: boolean;
  readonly clientAddress: string;
  readonly userAgent: string;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly createdAt: Date;
}

export interface StoredSession extends SsoSession {
  /** SHA-256 of the browser's token, hex. */
  readonly tokenHash: string;
}

/** What changes when a person proves again who they are. */
export type Renewal = Omit<StoredSession, 'id' | 'userId' | 'createdAt'>;

export interface SessionStore {
  insert(session: StoredSession): Promise<void>;
  /** Expired sessions may still be returned: the caller compares `expiresAt`. */
  findByTokenHash(tokenHash: string): Promise<SsoSession | undefined>;
  find(id: string): Promise<SsoSession | undefined>;
  listByUser(userId: number): Promise<SsoSession[]>;
  /** Notes use; never revives a session that has ended meanwhile. */
  touch(id: string, lastSeenAt: Date, expiresAt: Date): Promise<void>;
  /** Gives a session another token: from then on the old one finds nothing. False when the session has ended meanwhile. */
  rotate(id: string, renewal: Renewal): Promise<boolean>;
  /** What was deleted, once: of several callers only one gets it. */
  delete(id: string): Promise<SsoSession | undefined>;
  /** Removes what has expired, and says how many. */
  purgeExpired(now: Date): Promise<number>;
}
