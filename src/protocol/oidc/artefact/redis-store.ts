// Artefacts in Redis: a hash each, which expires by itself, and a set that names what belongs to a grant and lives as long
// as its longest member. Each write is one script, so that it happens as a whole and costs one command.
import type { Redis, Result } from 'ioredis';
import type { Vault } from '../../../platform/crypto/vault.ts';
import { artefactKey, openPayload, sealPayload } from './envelope.ts';
import type { Artefact, ArtefactStore, OwnedArtefact, StoredArtefact } from './store.ts';

const PREFIX = 'gatelodge:oidc:';
const FOREVER_MS = 10 * 366 * 24 * 60 * 60 * 1000;

/** Sets live as long as their longest member: PEXPIRE's own GT needs Redis 7. Of an owner's grants the expired are forgotten. */
const KEEP = `
  local artefact, alias, grant, owner = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
  local now, grantId = tonumber(ARGV[1]), ARGV[3]
  local lifetime = tonumber(ARGV[2]) - now
  redis.call('HSET', artefact, 'payload', ARGV[4], 'sessionId', ARGV[5], 'expiresAt', ARGV[2])
  redis.call('PEXPIRE', artefact, lifetime)
  if alias ~= '' then redis.call('SET', alias, artefact, 'PX', lifetime) end
  if grant ~= '' then
    redis.call('SADD', grant, artefact)
    if redis.call('PTTL', grant) < lifetime then redis.call('PEXPIRE', grant, lifetime) end
  end
  if owner ~= '' then
    redis.call('ZREMRANGEBYSCORE', owner, '-inf', now)
    redis.call('ZADD', owner, ARGV[2], grantId)
    redis.call('PEXPIREAT', owner, redis.call('ZRANGE', owner, -1, -1, 'WITHSCORES')[2])
  end`;

/** HSETNX alone would revive an artefact that has just gone. */
const CONSUME = `
  if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
  return redis.call('HSETNX', KEYS[1], 'consumedAt', ARGV[1])`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    keepArtefact(
      ...keysAndArguments: [
        artefact: string,
        alias: string,
        grant: string,
        owner: string,
        nowMs: number,
        expiresAtMs: number,
        grantId: string,
        payload: string,
        sessionId: string,
      ]
    ): Result<null, Context>;
    consumeArtefact(artefact: string, at: number): Result<number, Context>;
  }
}

export class RedisArtefactStore implements ArtefactStore {
  readonly #redis: Redis;
  readonly #vault: Vault;

  constructor(redis: Redis, vault: Vault) {
    this.#redis = redis;
    this.#vault = vault;
    redis.defineCommand('keepArtefact', { numberOfKeys: 4, lua: KEEP });
    redis.defineCommand('consumeArtefact', { numberOfKeys: 1, lua: CONSUME });
  }

  async upsert(id: string, artefact: Artefact): Promise<void> {
    const { model, payload, grantId, ownerId, uid, sessionId = '', expiresAt } = artefact;
    const now = Date.now();
    await this.#redis.keepArtefact(
      keyOf(model, id),
      uid === undefined ? '' : aliasOf(model, uid),
      grantId === undefined ? '' : grantSet(grantId),
      ownerId === undefined ? '' : ownerSet(ownerId),
      now,
      expiresAt ? Math.max(now + 1, expiresAt.getTime()) : now + FOREVER_MS,
      grantId ?? '',
      sealPayload(this.#vault, payload),
      sessionId,
    );
  }

  find(model: string, id: string): Promise<StoredArtefact | undefined> {
    return this.#read(keyOf(model, id));
  }

  async findByUid(model: string, uid: string): Promise<StoredArtefact | undefined> {
    const key = await this.#redis.get(aliasOf(model, uid));
    return key === null ? undefined : this.#read(key);
  }

  async consume(model: string, id: string): Promise<boolean> {
    return (await this.#redis.consumeArtefact(keyOf(model, id), Date.now())) === 1;
  }

  async delete(model: string, id: string): Promise<void> {
    await this.#redis.del(keyOf(model, id));
  }

  async deleteByGrant(grantId: string): Promise<void> {
    const set = grantSet(grantId);
    const members = await this.#redis.smembers(set);
    await this.#redis.del(set, ...members, keyOf('Grant', grantId));
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

  async #read(key: string): Promise<StoredArtefact | undefined> {
    const { payload, sessionId, expiresAt, consumedAt } = await this.#redis.hgetall(key);
    if (payload === undefined) return undefined;
    return {
      payload: openPayload(this.#vault, payload),
      sessionId: sessionId || undefined,
      expiresAt: dateOf(expiresAt),
      consumedAt: dateOf(consumedAt),
    };
  }
}

function dateOf(milliseconds: string | undefined): Date | undefined {
  return milliseconds ? new Date(Number(milliseconds)) : undefined;
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
