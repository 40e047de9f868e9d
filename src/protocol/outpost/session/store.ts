// What a store of outpost sessions does. Two stand behind it, where the SSO sessions are: the database and Redis; one test
// table holds them to the same behaviour. A record opens nothing by itself: the SSO session that it hangs on must live.

import type { SsoSession } from '../../../signin/session/store.ts';

export interface StoredOutpostSession {
  /** SHA-256 of the browser's token, hex. */
  readonly tokenHash: string;
  /** The SSO session. */
  readonly sessionId: string;
  readonly providerId: number;
  /** The JWT of the X-authentik-jwt header, sealed: an application would believe it. */
  readonly identityToken: string;
  readonly expiresAt: Date;
}

/** A record with the SSO session that it hangs on. */
export interface FoundOutpostSession extends StoredOutpostSession {
  readonly sso: SsoSession;
}

export interface OutpostSessionStore {
  insert(session: StoredOutpostSession): Promise<void>;
  /** Undefined when the SSO session has ended. Expired ones may still be returned: the caller compares `expiresAt`. */
  find(tokenHash: string): Promise<FoundOutpostSession | undefined>;
  /** Those of the given ones that are gone, or whose SSO session is. */
  findEnded(tokenHashes: readonly string[], now: Date): Promise<string[]>;
  /** Replaces the JWT, if the session is still there. */
  renewToken(tokenHash: string, identityToken: string): Promise<void>;
  delete(tokenHash: string): Promise<void>;
  /** Removes what has expired, and says how many. */
  purgeExpired(now: Date): Promise<number>;
}
