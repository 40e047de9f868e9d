// Redis at REDIS_URL: faults in words, and an outage that is bounded and passes.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { isUnreachable } from '../../../src/platform/database/database-error.ts';
import { openRedis, waitForRedis } from '../../../src/platform/database/redis.ts';
import { startOwnRedis } from '../../support/redis-server.ts';
import { createRedisDatabase } from '../../support/services.ts';
import { createTcpRelay } from '../../support/tcp-relay.ts';

const log = pino({ level: 'silent' });

describe('Redis at REDIS_URL', () => {
  let url: string;
  const opened: Redis[] = [];

  beforeAll(async () => {
    url = await createRedisDatabase();
  });

  afterEach(() => {
    for (const redis of opened.splice(0)) redis.disconnect();
  });

  function open(address: string): Redis {
    const redis = openRedis(address, log);
    opened.push(redis);
    return redis;
  }

  it('is waited for when it comes up later', async () => {
    const relay = await createTcpRelay(url);
    const waiting = waitForRedis(open(relay.url));
    await sleep(700);
    await relay.mend();
    await expect(waiting).resolves.toBeUndefined();
    await relay.cut();
  });

  it('is refused in words when the password is wrong', async () => {
    const server = await startOwnRedis('right');
    const waiting = waitForRedis(open(server.url.replace('right', 'wrong')));
    await expect(waiting).rejects.toThrow(/^Redis refused the user or password in REDIS_URL: /);
    await expect(waitForRedis(open(server.url))).resolves.toBeUndefined();
    await server.stop();
  });

  it('is known to be away within two seconds or so, and is used again when it is back', async () => {
    const relay = await createTcpRelay(url);
    await relay.mend();
    const redis = open(relay.url);
    await redis.set('key', 'value');
    await relay.cut();
    const start = performance.now();
    expect(await redis.get('key').then(() => false, isUnreachable)).toBe(true);
    expect(performance.now() - start).toBeLessThan(3_000);
    await relay.mend();
    await waitForRedis(redis);
    expect(await redis.get('key')).toBe('value');
    await relay.cut();
  });
});
