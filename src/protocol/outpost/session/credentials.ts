// Programs that cannot sign in send their owner's name and an app password with every request (Basic, RFC 7617). Guesses
// are charged like any other (signin/session/lockout.ts); one that was right a moment ago is only looked up again, and
// one that was wrong is remembered, so that a program with an old password locks nobody out.
import { verifyToken } from '../../../identity/token/token-key.ts';
import { nameKey } from '../../../identity/user/user-fields.ts';
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import { admitAttempt, forgiveAttempt } from '../../../signin/session/lockout.ts';
import type { OutpostSession, Proof } from '../decision.ts';
import type { ProxyRoute } from '../routing-table.ts';
import { findPerson, type Person } from './identity.ts';
import type { IdentityTokens } from './identity-token.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly sql: Sql;
  readonly tokens: IdentityTokens;
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

  /** The session of a Basic header at the application. `known` is what the same header opened before, if it did. */
  async find(
    route: ProxyRoute,
    authorization: string,
    clientAddress: string,
    known: OutpostSession | undefined,
    now = new Date(),
  ): Promise<OutpostSession | undefined> {
    const given = readBasic(authorization);
    if (!given || this.#isKnownWrong(authorization, now)) return undefined;
    const { db, sql } = this.#needs;
    const attempt = { login: given.login, clientAddress };
    if (!known && !(await admitAttempt(db, attempt, now)).isAdmitted) return undefined;
    const owner = await verifyToken(db, given.password, 'app_password', now);
    if (!owner || nameKey(owner.username) !== nameKey(given.login)) {
      if (!known) this.#rememberWrong(authorization, now);
      return undefined;
    }
    if (!known) await forgiveAttempt(db, attempt);
    const found = await findPerson(sql, owner.id);
    if (!found) return undefined;
    const { mustUseMfa: _, ...person } = found;
    return this.#sessionOf(person, route, known, now);
  }

  async #sessionOf(
    person: Person,
    route: ProxyRoute,
    known: OutpostSession | undefined,
    now: Date,
  ): Promise<OutpostSession> {
    const { tokens } = this.#needs;
    const isUsable = known && known.expiresAt > now.getTime();
    if (isUsable && (await tokens.isCurrent(known.identity.token, person, route))) {
      return { ...known, identity: { ...person, token: known.identity.token } };
    }
    const expiresAt = new Date(now.getTime() + SESSION_SECONDS * 1000);
    const token = await tokens.issue(person, route, expiresAt, now);
    const identity = { ...person, token };
    const { providerId } = route;
    return { sessionId: undefined, providerId, identity, proof: NO_PERSON, expiresAt: expiresAt.getTime() };
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

/** Login and password of a Basic header; undefined for anything else. */
function readBasic(authorization: string): { login: string; password: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z\d+/=_-]+) *$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const [, login, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  return login === undefined || password === undefined ? undefined : { login, password };
}
