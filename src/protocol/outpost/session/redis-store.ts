// Outpost sessions in Redis: one hash each, which expires by itself. A hash that a late write has brought back has no
// provider, and is no session.
import type { ChainableCommander, Redis } from 'ioredis';
import { recordKey } from '../../../signin/session/redis-store.ts';
import type { SessionStore } from '../../../signin/session/store.ts';
import type { FoundOutpostSession, OutpostSessionStore, StoredOutpostSession } from './store.ts';

const keyOf = (tokenHash: string) => `gatelodge:outpost-session:${tokenHash}`;

export class RedisOutpostSessionStore implements OutpostSessionStore {
  readonly #redis: Redis;
  readonly #sessions: Pick<SessionStore, 'find'>;

  constructor(redis: Redis, sessions: Pick<SessionStore, 'find'>) {
    this.#redis = redis;
    this.#sessions = sessions;
  }

  async insert({ tokenHash, expiresAt, ...session }: StoredOutpostSession): Promise<void> {
    const key = keyOf(tokenHash);
    const fields = { ...session, expiresAt: expiresAt.getTime() };
    const answers = await this.#redis.multi().hset(key, fields).pexpireat(key, expiresAt.getTime()).exec();
    for (const [error] of answers ?? []) if (error) throw error;
  }

  async find(tokenHash: string): Promise<FoundOutpostSession | undefined> {
    const { sessionId, providerId, identityToken, expiresAt } = await this.#redis.hgetall(keyOf(tokenHash));
    if (sessionId === undefined || providerId === undefined || identityToken === undefined) return undefined;
    const sso = await this.#sessions.find(sessionId);
    if (!sso) return undefined;
    const own = { tokenHash, sessionId, providerId: Number(providerId), identityToken };
    return { ...own, expiresAt: new Date(Number(expiresAt)), sso };
  }

  async findEnded(tokenHashes: readonly string[]): Promise<string[]> {
    const ids = await this.#ask((pipeline) => {
      for (const hash of tokenHashes) pipeline.hget(keyOf(hash), 'sessionId');
    });
    const lives = await this.#ask((pipeline) => {
      // A late write may have brought the record back, but not whose it is.
      for (const id of ids) pipeline.hexists(recordKey(String(id)), 'id');
    });
    return tokenHashes.filter((_, index) => ids[index] === null || lives[index] === 0);
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

  async #ask(commands: (pipeline: ChainableCommander) => void): Promise<unknown[]> {
    const pipeline = this.#redis.pipeline();
    commands(pipeline);
    const answers = (await pipeline.exec()) ?? [];
    return answers.map(([error, answer]) => {
      if (error) throw error;
      return answer;
    });
  }
}
