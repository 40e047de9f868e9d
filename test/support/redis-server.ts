// The suite's own Redis: nothing is kept, and each suite has a numbered database to itself.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { findFreePort } from './free-port.ts';
import { startServerProcess } from './server-process.ts';

const BINARY = '/usr/bin/redis-server';
const OWN_DATABASES = 512;
/** What a Redis has that nobody configured. */
const GIVEN_DATABASES = 16;

/** A Redis server on which suites may have databases. */
export interface RedisServer {
  /** Empties a database that no suite of this run uses and returns its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** True when a server can be had: installed, or given by TEST_REDIS_URL. */
export function hasRedis(): boolean {
  return Boolean(process.env.TEST_REDIS_URL) || existsSync(BINARY);
}

/** Starts a server of our own, or uses the one at TEST_REDIS_URL. */
export async function startRedis(): Promise<RedisServer> {
  const given = process.env.TEST_REDIS_URL;
  const { url, stop } = given ? { url: given, stop: async () => {} } : await startOwnRedis();
  const databases = given ? GIVEN_DATABASES : OWN_DATABASES;
  let next = 0;
  return {
    async createDatabase() {
      const database = new URL(url);
      database.pathname = `/${next++ % databases}`;
      const redis = new Redis(database.href);
      await redis.flushdb();
      await redis.quit();
      return database.href;
    },
    stop,
  };
}

/** Starts a server of our own; with a password, it asks everybody for it. */
export async function startOwnRedis(password?: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await findFreePort();
  const url = `redis://${password ? `:${password}@` : ''}127.0.0.1:${port}`;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  if (password) args.push('--requirepass', password);
  const server = await startServerProcess(
    BINARY,
    [...args, '--databases', String(OWN_DATABASES), '--dir', tmpdir()],
    () => answers(url),
  );
  return { url, stop: () => server.stop() };
}

async function answers(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, disconnectTimeout: 50, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
  } finally {
    redis.disconnect();
  }
}
