// What a store of outpost sessions does. Two stand behind it, where the SSO sessions are: the database and Redis; one test
// table holds them to the same behaviour. A record opens nothing by itself: the SSO session that it hangs on must live.

export interface StoredOutpostSession {
  /** SHA-256 of the browser's token, hex. */
  readonly tokenHash: string;
  /** The SSO session. */
  readonly sessionId: string;
  readonly providerId: number;
  /** The JWT of the X-authentik-jwt header. */
  readonly identityToken: string;
  readonly expiresAt: Date;
}

export interface OutpostSessionStore {
  insert(session: StoredOutpostSession): Promise<void>;
  /** Expired ones may still be returned: the caller compares `expiresAt`. */
  find(tokenHash: string): Promise<StoredOutpostSession | undefined>;
  /** Replaces the JWT, if the session is still there. */
  renewToken(tokenHash: string, identityToken: string): Promise<void>;
  delete(tokenHash: string): Promise<void>;
  /** Removes what has expired, and says how many. */
  purgeExpired(now: Date): Promise<number>;
}
