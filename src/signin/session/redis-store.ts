// Sessions in Redis: one hash per session under its id, which is the truth; a pointer from the token's digest to the id;
// a set of ids per user. All carry their expiry, so nothing needs purging. Each write is one MULTI. One that comes after
// the session has ended can only leave a hash without a user behind, and that is no session: hence no scripts, no locks.
import type { ChainableCommander, Redis } from 'ioredis';
import type { Renewal, SessionStore, SsoSession, StoredSession } from './store.ts';

/** Where the record of a session is: as long as it is there, the session lives. */
export const recordKey = (id: string) => `gatelodge:session:${id}`;
const tokenKey = (tokenHash: string) => `gatelodge:session-token:${tokenHash}`;
const userKey = (userId: number | string) => `gatelodge:user-sessions:${userId}`;

/** Longer than any session lives between two uses. */
const USER_SET_SECONDS = 30 * 24 * 60 * 60;

type Fields = Record<string, string>;

export class RedisSessionStore implements SessionStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async insert(session: StoredSession): Promise<void> {
    const { id, userId, createdAt, tokenHash, expiresAt } = session;
    await committed(
      this.#redis
        .multi()
        .hset(recordKey(id), { id, userId, createdAt: createdAt.getTime(), ...renewalFields(session) })
        .pexpireat(recordKey(id), expiresAt.getTime())
        .set(tokenKey(tokenHash), id)
        .pexpireat(tokenKey(tokenHash), expiresAt.getTime())
        .sadd(userKey(userId), id)
        .expire(userKey(userId), USER_SET_SECONDS),
    );
  }

  async findByTokenHash(tokenHash: string): Promise<SsoSession | undefined> {
    const id = await this.#redis.get(tokenKey(tokenHash));
    if (id === null) return undefined;
    const fields = await this.#redis.hgetall(recordKey(id));
    return fields.tokenHash === tokenHash ? sessionOf(fields) : undefined;
  }

  async find(id: string): Promise<SsoSession | undefined> {
    return sessionOf(await this.#redis.hgetall(recordKey(id)));
  }

  async listByUser(userId: number): Promise<SsoSession[]> {
    const ids = await this.#redis.smembers(userKey(userId));
    const sessions = await Promise.all(ids.map((id) => this.find(id)));
    const gone = ids.filter((_, index) => sessions[index] === undefined);
    if (gone.length > 0) await this.#redis.srem(userKey(userId), ...gone);
    return sessions.filter((session) => session !== undefined);
  }

  async touch(id: string, lastSeenAt: Date, expiresAt: Date): Promise<void> {
    const [tokenHash, userId] = await this.#redis.hmget(recordKey(id), 'tokenHash', 'userId');
    if (!tokenHash || !userId) return;
    await committed(
      this.#redis
        .multi()
        .hset(recordKey(id), { lastSeenAt: lastSeenAt.getTime(), expiresAt: expiresAt.getTime() })
        .pexpireat(recordKey(id), expiresAt.getTime())
        .pexpireat(tokenKey(tokenHash), expiresAt.getTime())
        .expire(userKey(userId), USER_SET_SECONDS),
    );
  }

  async rotate(id: string, renewal: Renewal): Promise<boolean> {
    const expiry = renewal.expiresAt.getTime();
    const [before] = await committed(
      this.#redis
        .multi()
        .hmget(recordKey(id), 'userId', 'tokenHash')
        .hset(recordKey(id), renewalFields(renewal))
        .pexpireat(recordKey(id), expiry)
        .set(tokenKey(renewal.tokenHash), id)
        .pexpireat(tokenKey(renewal.tokenHash), expiry),
    );
    const [userId, oldTokenHash] = before as (string | null)[];
    if (!userId || !oldTokenHash) {
      await this.#redis.del(recordKey(id), tokenKey(renewal.tokenHash));
      return false;
    }
    await this.#redis.del(tokenKey(oldTokenHash));
    return true;
  }

  async delete(id: string): Promise<SsoSession | undefined> {
    const [record] = await committed(this.#redis.multi().hgetall(recordKey(id)).del(recordKey(id)));
    const fields = record as Fields;
    const session = sessionOf(fields);
    if (session) {
      await this.#redis.del(tokenKey(fields.tokenHash ?? ''));
      await this.#redis.srem(userKey(session.userId), id);
    }
    return session;
  }

  purgeExpired(): Promise<number> {
    return Promise.resolve(0);
  }
}

function renewalFields(renewal: Renewal): Record<string, string | number> {
  return {
    tokenHash: renewal.tokenHash,
    methods: JSON.stringify(renewal.methods),
    authenticatedAt: renewal.authenticatedAt.getTime(),
    isPersistent: renewal.isPersistent ? 1 : 0,
    clientAddress: renewal.clientAddress,
    userAgent: renewal.userAgent,
    lastSeenAt: renewal.lastSeenAt.getTime(),
    expiresAt: renewal.expiresAt.getTime(),
  };
}

function sessionOf(fields: Fields): SsoSession | undefined {
  if (fields.id === undefined || fields.methods === undefined) return undefined;
  return {
    id: fields.id,
    userId: Number(fields.userId),
    methods: JSON.parse(fields.methods),
    authenticatedAt: new Date(Number(fields.authenticatedAt)),
    isPersistent: fields.isPersistent === '1',
    clientAddress: fields.clientAddress ?? '',
    userAgent: fields.userAgent ?? '',
    lastSeenAt: new Date(Number(fields.lastSeenAt)),
    expiresAt: new Date(Number(fields.expiresAt)),
    createdAt: new Date(Number(fields.createdAt)),
  };
}

/** The results of a MULTI; throws the first error among them. */
async function committed(commands: ChainableCommander): Promise<unknown[]> {
  const answers = (await commands.exec()) ?? [];
  return answers.map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
