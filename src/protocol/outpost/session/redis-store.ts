// Outpost sessions in Redis: one hash each, which expires by itself. A hash that a late write has brought back has no
// provider, and is no session.
import type { Redis } from 'ioredis';
import type { OutpostSessionStore, StoredOutpostSession } from './store.ts';

const keyOf = (tokenHash: string) => `gatelodge:outpost-session:${tokenHash}`;

export class RedisOutpostSessionStore implements OutpostSessionStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async insert({ tokenHash, expiresAt, ...session }: StoredOutpostSession): Promise<void> {
    const key = keyOf(tokenHash);
    const fields = { ...session, expiresAt: expiresAt.getTime() };
    const answers = await this.#redis.multi().hset(key, fields).pexpireat(key, expiresAt.getTime()).exec();
    for (const [error] of answers ?? []) if (error) throw error;
  }

  async find(tokenHash: string): Promise<StoredOutpostSession | undefined> {
    const { sessionId, providerId, identityToken, expiresAt } = await this.#redis.hgetall(keyOf(tokenHash));
    if (sessionId === undefined || providerId === undefined || identityToken === undefined) return undefined;
    return {
      tokenHash,
      sessionId,
      providerId: Number(providerId),
      identityToken,
      expiresAt: new Date(Number(expiresAt)),
    };
  }

  async renewToken(tokenHash: string, identityToken: string): Promise<void> {
    const key = keyOf(tokenHash);
    if ((await this.#redis.exists(key)) === 0) return;
    await this.#redis.hset(key, { identityToken });
  }

  async delete(tokenHash: string): Promise<void> {
    await this.#redis.del(keyOf(tokenHash));
  }

  purgeExpired(): Promise<number> {
    return Promise.resolve(0);
  }
}
