// Outpost sessions: who is signed in at which application, in which browser. Each hangs on an SSO session, so whatever
// ends that one (sign-out anywhere, expiry, deactivation) ends it too, without anybody having to find it.

import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { TRUSTED_DEVICE } from '../../../identity/access/mfa-demand.ts';
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import { randomToken } from '../../../platform/crypto/random.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import type { Sessions } from '../../../signin/session/session.ts';
import type { SsoSession } from '../../../signin/session/store.ts';
import { hasUsedMfa } from '../../oidc/acr.ts';
import type { OutpostSession, Proof } from '../decision.ts';
import type { ProxyRoute, RoutingTable } from '../routing-table.ts';
import { findPerson, type KnownPerson } from './identity.ts';
import type { IdentityTokens } from './identity-token.ts';
import type { Overrides } from './override.ts';
import { recordOutpostSignIn } from './sign-in-record.ts';
import type { OutpostSessionStore, StoredOutpostSession } from './store.ts';

interface Needs {
  readonly store: OutpostSessionStore;
  readonly sessions: Sessions;
  readonly sql: Sql;
  readonly vault: Vault;
  readonly tokens: IdentityTokens;
  readonly table: { readonly current: RoutingTable };
  readonly overrides: Overrides;
  readonly log: Logger;
}

/** With what the store knows it by. */
export interface FoundSession extends OutpostSession {
  readonly tokenHash: string;
}

export interface StartedOutpostSession {
  /** For the browser's cookie. */
  readonly token: string;
  /** Whether the cookie may outlive the browser's closing. */
  readonly isPersistent: boolean;
}

const MOST_PEOPLE = 10_000;

export class OutpostSessions {
  readonly #needs: Needs;
  readonly #people = new Map<number, KnownPerson>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Starts a session at the application; undefined when the SSO session has ended. */
  async start(
    route: ProxyRoute,
    sessionId: string,
    now = new Date(),
  ): Promise<StartedOutpostSession | undefined> {
    const { store, sessions, sql, vault, tokens } = this.#needs;
    const sso = await sessions.findById(sessionId, now);
    const person = sso && (await findPerson(sql, sso.userId));
    if (!person) return undefined;
    const token = randomToken();
    const expiresAt = new Date(now.getTime() + route.sessionSeconds * 1000);
    const identityToken = vault.seal(await tokens.issue(person, route, expiresAt, now));
    const tokenHash = sha256Hex(token);
    await store.insert({ tokenHash, sessionId, providerId: route.providerId, identityToken, expiresAt });
    await recordOutpostSignIn(sql, sessionId, route.providerId);
    return { token, isPersistent: sso.isPersistent };
  }

  /** The live session of a browser's token, with what its application is told; undefined for every other token. */
  async find(token: string, now = new Date()): Promise<FoundSession | undefined> {
    const { store, sessions, sql, table, overrides, log } = this.#needs;
    const tokenHash = sha256Hex(token);
    const stored = await store.find(tokenHash);
    const route = stored && table.current.findByProvider(stored.providerId);
    if (!stored || !route || stored.expiresAt <= now || stored.sso.expiresAt <= now) return undefined;
    const { sso, sessionId, providerId } = stored;
    const found = await findPerson(sql, sso.userId);
    if (!found) return undefined;
    const { mustUseMfa, ...person } = this.#shared(found);
    // Being at an application is being there: an SSO session must not end under somebody who never opens our own pages.
    sessions.touch(sso, now).catch((error: unknown) => log.warn({ err: error }, 'a visit was not noted'));
    const identity = { ...person, token: await this.#currentToken(stored, route, person) };
    const expiresAt = Math.min(stored.expiresAt.getTime(), sso.expiresAt.getTime());
    const proof = proofOf(sso, mustUseMfa);
    const override = await overrides.find(route, person);
    return { tokenHash, sessionId, providerId, identity, proof, override, expiresAt };
  }

  /** The SSO session behind a token, whatever application it is for. */
  async findSsoSessionId(token: string): Promise<string | undefined> {
    return (await this.#needs.store.find(sha256Hex(token)))?.sessionId;
  }

  /** Forgets one token; the SSO session stays. */
  async end(token: string): Promise<void> {
    await this.#needs.store.delete(sha256Hex(token));
  }

  purgeExpired(now = new Date()): Promise<number> {
    return this.#needs.store.purgeExpired(now);
  }

  /** The same person, once in memory, however many sessions they have. */
  #shared(person: KnownPerson): KnownPerson {
    const known = this.#people.get(person.userId);
    if (isDeepStrictEqual(known, person)) return known ?? person;
    if (this.#people.size >= MOST_PEOPLE) this.#people.clear();
    this.#people.set(person.userId, person);
    return person;
  }

  async #currentToken(
    { identityToken, tokenHash, expiresAt }: StoredOutpostSession,
    route: ProxyRoute,
    person: Parameters<IdentityTokens['issue']>[0],
  ): Promise<string> {
    const { tokens, store, vault } = this.#needs;
    const token = vault.open(identityToken);
    if (await tokens.isCurrent(token, person, route)) return token;
    const renewed = await tokens.issue(person, route, expiresAt);
    await store.renewToken(tokenHash, vault.seal(renewed));
    return renewed;
  }
}

/** What an SSO session proves of its person; `mustUseMfa`: our rules want a second factor of them. */
export function proofOf(
  { methods, authenticatedAt }: Pick<SsoSession, 'methods' | 'authenticatedAt'>,
  mustUseMfa: boolean,
): Proof {
  const mustBeStrong = mustUseMfa && !methods.includes(TRUSTED_DEVICE);
  return { isStrong: hasUsedMfa(methods), mustBeStrong, provedAt: authenticatedAt.getTime() };
}
