// Single-sign-on sessions: who is signed in, in which browser, since when. The browser holds an opaque 256-bit token, the
// store its SHA-256, so a dump signs nobody in. Whatever fails here fails as "not known", never as "signed in".
import { sha256Hex } from '../../platform/crypto/digest.ts';
import { randomToken } from '../../platform/crypto/random.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { Unavailable } from '../../platform/problem/problem.ts';
import type { Renewal, SessionStore, SsoSession } from './store.ts';
import { distrustDevices } from './trusted-device.ts';

/** "Stay signed in" lasts this long after the last visit … */
export const PERSISTENT_SECONDS = 14 * 24 * 60 * 60;
/** … and any other session ends with the browser, at the latest this long after the sign-in. */
const BROWSER_SESSION_SECONDS = 24 * 60 * 60;
const TOUCH_SECONDS = 60;
const RETRY_AFTER_SECONDS = 5;

/** A session that counts: not expired, and its user is there and active. */
export interface LiveSession extends SsoSession {
  readonly user: { readonly username: string; readonly name: string; readonly attributes: Prisma.JsonValue };
}

/** The browser that signs in, as the list of sessions shows it. */
export interface SessionClient {
  readonly address: string;
  readonly userAgent: string;
}

export interface Proof {
  /** RFC 8176 values, in the order in which they were proved. */
  readonly methods: readonly string[];
  readonly authenticatedAt: Date;
  readonly isPersistent: boolean;
}

/** The token is for the browser's cookie, and exists nowhere else. */
export interface StartedSession {
  readonly session: SsoSession;
  readonly token: string;
}

interface Needs {
  readonly store: SessionStore;
  readonly db: Db;
  readonly changes: Publisher;
}

export class Sessions {
  readonly #store: SessionStore;
  readonly #db: Db;
  readonly #changes: Publisher;

  constructor({ store, db, changes }: Needs) {
    this.#store = store;
    this.#db = db;
    this.#changes = changes;
  }

  async start(
    person: { readonly id: number },
    client: SessionClient,
    proof: Proof,
    now = new Date(),
  ): Promise<StartedSession> {
    const token = randomToken();
    const renewal = renewed(token, client, proof, now);
    const { tokenHash, ...shown } = {
      id: crypto.randomUUID(),
      userId: person.id,
      createdAt: now,
      ...renewal,
    };
    await answered(this.#store.insert({ ...shown, tokenHash }));
    return { session: shown, token };
  }

  /** The same session under a new token, after its person proved again who they are; undefined when it has ended meanwhile. */
  async renew(
    session: SsoSession,
    client: SessionClient,
    proof: Proof,
    now = new Date(),
  ): Promise<StartedSession | undefined> {
    const token = randomToken();
    const renewal = renewed(token, client, proof, now);
    const isRotated = await answered(this.#store.rotate(session.id, renewal));
    const { tokenHash: _, ...changed } = renewal;
    return isRotated ? { session: { ...session, ...changed }, token } : undefined;
  }

  /** The live session of a browser's token. */
  async find(token: string | undefined, now = new Date()): Promise<LiveSession | undefined> {
    if (token === undefined) return undefined;
    return this.#live(await answered(this.#store.findByTokenHash(sha256Hex(token))), now);
  }

  /** The live session of that id, for what hangs on a session: tokens, grants, outpost cookies. */
  async findById(id: string, now = new Date()): Promise<LiveSession | undefined> {
    return this.#live(await answered(this.#store.find(id)), now);
  }

  /** Notes that the session was used, at most once a minute; true when it did, and the cookie should slide too. */
  async touch(session: SsoSession, now = new Date()): Promise<boolean> {
    if (now.getTime() - session.lastSeenAt.getTime() < TOUCH_SECONDS * 1000) return false;
    const expiresAt = session.isPersistent ? later(now, PERSISTENT_SECONDS) : session.expiresAt;
    await answered(this.#store.touch(session.id, now, expiresAt));
    return true;
  }

  /** Ends a session everywhere; what was ended, undefined when there was nothing to end. */
  async end(id: string): Promise<SsoSession | undefined> {
    const ended = await answered(this.#store.delete(id));
    if (ended) this.#changes.publish('session', { id, userId: ended.userId });
    return ended;
  }

  /** Ends all sessions of a user, but for the one that asks; from now on no device of theirs is trusted. */
  async endAllOf(userId: number, exceptId?: string): Promise<void> {
    await distrustDevices(this.#db, userId);
    const sessions = await answered(this.#store.listByUser(userId));
    for (const { id } of sessions) if (id !== exceptId) await this.end(id);
  }

  /** A user's sessions that have not expired, last seen first. */
  async list(userId: number, now = new Date()): Promise<SsoSession[]> {
    const sessions = await answered(this.#store.listByUser(userId));
    return sessions
      .filter(({ expiresAt }) => expiresAt > now)
      .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
  }

  purgeExpired(now = new Date()): Promise<number> {
    return answered(this.#store.purgeExpired(now));
  }

  async #live(session: SsoSession | undefined, now: Date): Promise<LiveSession | undefined> {
    if (!session || session.expiresAt <= now) return undefined;
    const where = { id: session.userId, isActive: true };
    const select = { username: true, name: true, attributes: true };
    const user = await answered(this.#db.user.findUnique({ where, select }));
    return user ? { ...session, user } : undefined;
  }
}

function renewed(token: string, client: SessionClient, proof: Proof, now: Date): Renewal {
  return {
    ...proof,
    tokenHash: sha256Hex(token),
    clientAddress: client.address,
    userAgent: client.userAgent,
    lastSeenAt: now,
    expiresAt: later(now, proof.isPersistent ? PERSISTENT_SECONDS : BROWSER_SESSION_SECONDS),
  };
}

function later(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}

/** A store that does not answer is a 503 that says so: it must look neither like "signed in" nor like "signed out". */
async function answered<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    throw new Unavailable('Sessions cannot be read right now. Try again in a few seconds.', {
      cause,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
}
