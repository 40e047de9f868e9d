// Artefacts in Redis: a hash each, which expires by itself, and sets that name what belongs to a grant or a session.
// The sets live as long as their longest member.
import type { Redis } from 'ioredis';
import type { Vault } from '../../../platform/crypto/vault.ts';
import { artefactKey, openPayload, sealPayload } from './envelope.ts';
import type { Artefact, ArtefactStore, OwnedArtefact, StoredArtefact } from './store.ts';

const PREFIX = 'gatelodge:oidc:';

/** Adds a member and lets the set live as long as its longest one: PEXPIREAT's own GT needs Redis 7. */
const ADD_MEMBER = `
  redis.call('SADD', KEYS[1], ARGV[1])
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end`;

/** A user's grants by when they expire: those that have are forgotten, and the set lives as long as its longest one. */
const ADD_GRANT = `
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
  redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])`;

const FOREVER_MS = 10 * 366 * 24 * 60 * 60 * 1000;

/** HSETNX alone would revive an artefact that has just gone. */
const CONSUME = `
  if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
  return redis.call('HSETNX', KEYS[1], 'consumedAt', ARGV[1])`;

export class RedisArtefactStore implements ArtefactStore {
  readonly #redis: Redis;
  readonly #vault: Vault;

  constructor(redis: Redis, vault: Vault) {
    this.#redis = redis;
    this.#vault = vault;
  }

  async upsert(id: string, artefact: Artefact): Promise<void> {
    const { model, payload, grantId, ownerId, uid, sessionId, expiresAt } = artefact;
    const key = keyOf(model, id);
    const fields = { payload: sealPayload(this.#vault, payload), sessionId: sessionId ?? '' };
    const lifetimeMs = expiresAt ? Math.max(1, expiresAt.getTime() - Date.now()) : FOREVER_MS;
    const pipeline = this.#redis.multi().hset(key, fields).pexpire(key, lifetimeMs);
    if (uid !== undefined) pipeline.set(aliasOf(model, uid), key, 'PX', lifetimeMs);
    if (grantId !== undefined) pipeline.eval(ADD_MEMBER, 1, grantSet(grantId), key, lifetimeMs);
    if (sessionId !== undefined) pipeline.eval(ADD_MEMBER, 1, sessionSet(sessionId), key, lifetimeMs);
    if (ownerId !== undefined && grantId !== undefined) {
      const now = Date.now();
      pipeline.eval(ADD_GRANT, 1, ownerSet(ownerId), now, now + lifetimeMs, grantId);
    }
    await done(pipeline.exec());
  }

  find(model: string, id: string): Promise<StoredArtefact | undefined> {
    return this.#read(keyOf(model, id));
  }

  async findByUid(model: string, uid: string): Promise<StoredArtefact | undefined> {
    const key = await this.#redis.get(aliasOf(model, uid));
    return key === null ? undefined : this.#read(key);
  }

  async consume(model: string, id: string): Promise<boolean> {
    return (await this.#redis.eval(CONSUME, 1, keyOf(model, id), Date.now())) === 1;
  }

  async delete(model: string, id: string): Promise<void> {
    await this.#redis.del(keyOf(model, id));
  }

  async deleteByGrant(grantId: string): Promise<void> {
    await this.#deleteMembers(grantSet(grantId), keyOf('Grant', grantId));
  }

  async deleteBySession(sessionId: string): Promise<void> {
    await this.#deleteMembers(sessionSet(sessionId));
  }

  async listByOwner(ownerId: number): Promise<OwnedArtefact[]> {
    const grantIds = await this.#redis.zrange(ownerSet(ownerId), '0', '-1');
    const families = grantIds.map(async (grantId) => {
      const names = await this.#redis.smembers(grantSet(grantId));
      const members = await Promise.all(names.map((name) => this.#read(name)));
      return names.flatMap((name, index) => {
        const stored = members[index];
        return stored ? [{ key: name.slice(PREFIX.length), grantId, ...stored }] : [];
      });
    });
    return (await Promise.all(families)).flat();
  }

  async deleteByKey(key: string): Promise<void> {
    await this.#redis.del(PREFIX + key);
  }

  /** Redis expires keys by itself. */
  purgeExpired(): Promise<number> {
    return Promise.resolve(0);
  }

  async #deleteMembers(set: string, ...more: string[]): Promise<void> {
    const members = await this.#redis.smembers(set);
    await this.#redis.del(set, ...members, ...more);
  }

  async #read(key: string): Promise<StoredArtefact | undefined> {
    const { payload, sessionId, consumedAt } = await this.#redis.hgetall(key);
    if (payload === undefined) return undefined;
    return {
      payload: openPayload(this.#vault, payload),
      sessionId: sessionId || undefined,
      consumedAt: consumedAt === undefined ? undefined : new Date(Number(consumedAt)),
    };
  }
}

function keyOf(model: string, id: string): string {
  return `${PREFIX}${artefactKey(model, id)}`;
}

function aliasOf(model: string, uid: string): string {
  return `${PREFIX}uid:${artefactKey(model, uid)}`;
}

function grantSet(grantId: string): string {
  return `${PREFIX}grant:${artefactKey('Grant', grantId)}`;
}

function ownerSet(ownerId: number): string {
  return `${PREFIX}owner:${ownerId}`;
}

function sessionSet(sessionId: string): string {
  return `${PREFIX}session:${sessionId}`;
}

/** A transaction's replies may hold errors where a single command would have rejected. */
async function done(replies: Promise<[error: Error | null, result: unknown][] | null>): Promise<void> {
  for (const [error] of (await replies) ?? []) if (error) throw error;
}
