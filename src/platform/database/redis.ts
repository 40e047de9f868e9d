// The connection to Redis. Commands fail within two seconds instead of queueing: a sign-in may be refused, not hang.
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

const LONGEST_PAUSE_MILLISECONDS = 2_000;

/** Connects in the background and reconnects for ever; loss and return are logged once each. */
export function openRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    connectionName: 'gatelodge',
    connectTimeout: 5_000,
    commandTimeout: 2_000,
    keepAlive: 30_000,
    maxRetriesPerRequest: 1,
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
