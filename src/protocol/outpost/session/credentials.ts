// Programs that cannot sign in send something with every request: their owner's name and an app password (Basic, RFC
// 7617), or an access token for this application (Bearer, RFC 6750; or Basic with the user name that authentik gave it).
// Guesses at passwords are charged like any other (signin/session/lockout.ts); one that was right a moment ago is only
// looked up again, and one that was wrong is remembered, so that a program with an old password locks nobody out. Tokens
// cannot be guessed.
import { verifyToken } from '../../../identity/token/token-key.ts';
import { nameKey } from '../../../identity/user/user-fields.ts';
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import { admitAttempt, forgiveAttempt } from '../../../signin/session/lockout.ts';
import type { Sessions } from '../../../signin/session/session.ts';
import { clientIdClaimedBy } from '../../oidc/issuer-choice.ts';
import type { Issuers } from '../../oidc/issuers.ts';
import type { OutpostSession, Proof } from '../decision.ts';
import type { ProxyRoute } from '../routing-table.ts';
import { findPerson, type Person } from './identity.ts';
import type { IdentityTokens } from './identity-token.ts';
import { proofOf } from './outpost-sessions.ts';
import type { Overrides } from './override.ts';
import { type Presented, readAuthorization } from './presented.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly sql: Sql;
  readonly tokens: IdentityTokens;
  readonly sessions: Sessions;
  readonly overrides: Overrides;
  readonly issuers: Pick<Issuers, 'findAccessToken'>;
  /** Origin of our own pages. */
  readonly origin: string;
}

/** A request with an Authorization header. */
export interface Presentation {
  readonly route: ProxyRoute;
  readonly authorization: string;
  readonly clientAddress: string;
  /** What the same header opened before, if it did. */
  readonly known: OutpostSession | undefined;
}

/** Whose credentials they are. */
interface Holder {
  readonly userId: number;
  readonly proof: Proof;
  readonly expiresAt: Date;
}

const WRONG_FOR_SECONDS = 60;
const MOST_WRONG = 10_000;
const SESSION_SECONDS = 60 * 60;

/**
 * A program proves nothing about its owner, so it does not open an application that asks for a second factor or a recent
 * sign-in. The rules about how people sign in do not concern it: its password was made by one who had met them.
 */
const NO_PERSON: Proof = { isStrong: false, mustBeStrong: false, provedAt: 0 };

export class Credentials {
  readonly #needs: Needs;
  /** When an Authorization header was found wrong, by its digest. */
  readonly #wrong = new Map<string, number>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** The session of good credentials at the application. */
  async find(presentation: Presentation, now = new Date()): Promise<OutpostSession | undefined> {
    const presented = readAuthorization(presentation.authorization);
    if (!presented) return undefined;
    const holder =
      'token' in presented
        ? await this.#findByToken(presentation.route, presented.token, now)
        : await this.#findByPassword(presentation, presented, now);
    const found = holder && (await findPerson(this.#needs.sql, holder.userId));
    if (!found) return undefined;
    const { mustUseMfa: _, ...person } = found;
    return this.#sessionOf(presentation, person, holder, now);
  }

  async #findByPassword(
    { authorization, clientAddress, known }: Presentation,
    { login, password }: Extract<Presented, { login: string }>,
    now: Date,
  ): Promise<Holder | undefined> {
    if (this.#isKnownWrong(authorization, now)) return undefined;
    const { db } = this.#needs;
    const attempt = { login, clientAddress };
    if (!known && !(await admitAttempt(db, attempt, now)).isAdmitted) return undefined;
    const owner = await verifyToken(db, password, 'app_password', now);
    if (!owner || nameKey(owner.username) !== nameKey(login)) {
      if (!known) this.#rememberWrong(authorization, now);
      return undefined;
    }
    if (!known) await forgiveAttempt(db, attempt);
    return { userId: owner.id, proof: NO_PERSON, expiresAt: laterBySession(now) };
  }

  /** Another client's token is none, unless the application trusts that client (CVE-2024-47077). */
  async #findByToken(route: ProxyRoute, text: string, now: Date): Promise<Holder | undefined> {
    const { issuers, sessions, origin } = this.#needs;
    const isMeant = (clientId: string | undefined) =>
      clientId !== undefined && route.tokenClientIds.includes(clientId);
    if (!isMeant(clientIdClaimedBy(text))) return undefined;
    const token = await issuers.findAccessToken(origin, text);
    if (!token || !isMeant(token.clientId)) return undefined;
    const { userId, sessionId } = token;
    const sso = sessionId === undefined ? undefined : await sessions.findById(sessionId, now);
    const expiresAt = new Date(Math.min(token.expiresAt.getTime(), laterBySession(now).getTime()));
    return { userId, proof: sso ? proofOf(sso, false) : NO_PERSON, expiresAt };
  }

  async #sessionOf(
    { route, known }: Presentation,
    person: Person,
    { proof, expiresAt }: Holder,
    now: Date,
  ): Promise<OutpostSession> {
    const { tokens, overrides } = this.#needs;
    const override = await overrides.find(route, person);
    const session = { sessionId: undefined, providerId: route.providerId, proof, override };
    const isUsable = known && known.expiresAt > now.getTime();
    // Of what was known only the token is kept: whoever judges it has written a verdict on it.
    if (isUsable && (await tokens.isCurrent(known.identity.token, person, route))) {
      const { identity, expiresAt } = known;
      return { ...session, expiresAt, identity: { ...person, token: identity.token } };
    }
    const token = await tokens.issue(person, route, expiresAt, now);
    return { ...session, expiresAt: expiresAt.getTime(), identity: { ...person, token } };
  }

  #isKnownWrong(authorization: string, now: Date): boolean {
    const foundAt = this.#wrong.get(sha256Hex(authorization));
    return foundAt !== undefined && now.getTime() - foundAt < WRONG_FOR_SECONDS * 1000;
  }

  #rememberWrong(authorization: string, now: Date): void {
    if (this.#wrong.size >= MOST_WRONG) this.#wrong.clear();
    this.#wrong.set(sha256Hex(authorization), now.getTime());
  }
}

function laterBySession(now: Date): Date {
  return new Date(now.getTime() + SESSION_SECONDS * 1000);
}
