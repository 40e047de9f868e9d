// The connection to Redis. Commands fail within two seconds instead of queueing: a sign-in may be refused, not hang.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { DatabaseFault } from './database-fault.ts';

const OLDEST_MAJOR = 6;
const PATIENCE_SECONDS = 60;
const LONGEST_PAUSE_MILLISECONDS = 2_000;

/** Connects in the background and reconnects for ever; loss and return are logged once each. */
export function openRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    connectionName: 'gatelodge',
    connectTimeout: 5_000,
    commandTimeout: 2_000,
    keepAlive: 30_000,
    // How long a timer of ioredis outlives a closed connection, and with it the process.
    disconnectTimeout: 300,
    maxRetriesPerRequest: 1,
    enableAutoPipelining: true,
    retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_PAUSE_MILLISECONDS),
  });
  let isLost = false;
  redis.on('error', (error) => {
    if (!isLost) log.warn({ reason: error.message }, 'Redis does not answer; trying again');
    isLost = true;
  });
  redis.on('ready', () => {
    if (isLost) log.info('Redis answers again');
    isLost = false;
  });
  return redis;
}

/** Resolves when Redis answers; throws a DatabaseFault when it refuses us, is too old, or stays away for a minute. */
export async function waitForRedis(redis: Redis): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    try {
      return refuseOldServer(await redis.info('server'));
    } catch (cause) {
      if (cause instanceof DatabaseFault) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (/^(NOAUTH|WRONGPASS|NOPERM)/.test(reason)) {
        throw new DatabaseFault(`Redis refused the user or password in REDIS_URL: ${reason}`, { cause });
      }
      if (Date.now() >= giveUpAt) {
        throw new DatabaseFault(`Redis does not answer at REDIS_URL: ${reason}`, { cause });
      }
      await sleep(500);
    }
  }
}

function refuseOldServer(info: string): void {
  const major = Number(/^redis_version:(\d+)/m.exec(info)?.[1] ?? OLDEST_MAJOR);
  if (major >= OLDEST_MAJOR) return;
  throw new DatabaseFault(`Redis ${major} is too old: Gatelodge needs version ${OLDEST_MAJOR} or newer.`);
}
