// Every way in which a secret can be written down, and everything that has been written down: what the leak suite looks
// for, and where.
import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import { openDatabase } from '../../../src/platform/database/database.ts';

/** Secrets by name; whoever comes across one keeps it here. */
export class Secrets {
  readonly #values = new Map<string, string>();

  /** Remembers the secret, and hands it on. */
  keep(name: string, value: unknown): string {
    if (typeof value !== 'string' || value.length < 6) throw new Error(`${name} is no secret: ${value}`);
    this.#values.set(name, value);
    return value;
  }

  get names(): string[] {
    return [...this.#values.keys()];
  }

  /** Names of those that stand in the text, with how they are written there. */
  foundIn(text: string): string[] {
    return [...this.#values].flatMap(([name, value]) =>
      writingsOf(value)
        .filter(([, written]) => text.includes(written))
        .map(([how]) => `${name} (${how})`),
    );
  }
}

function writingsOf(secret: string): [how: string, written: string][] {
  return [
    ['plain', secret],
    ['JSON', JSON.stringify(secret).slice(1, -1)],
    ['HTML', secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['URL', encodeURIComponent(secret)],
    ['form', new URLSearchParams({ '': secret }).toString().slice(1)],
    ['hex', Buffer.from(secret).toString('hex')],
    ...inBase64(secret),
  ];
}

/** As a part of a longer text too (`name:secret`): base64 looks different at each of three places. */
function inBase64(secret: string): [how: string, written: string][] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    // The first characters still depend on what stands before.
    const skip = before === 0 ? 0 : 4;
    return (['base64', 'base64url'] as const).map((encoding): [string, string] => [
      encoding,
      whole.toString(encoding).slice(skip),
    ]);
  });
}

/** Every row of every table as JSON, by table. */
export async function dumpDatabase(stores: {
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
}): Promise<ReadonlyMap<string, string>> {
  if (stores.databaseUrl) {
    const client = new pg.Client({ connectionString: stores.databaseUrl });
    await client.connect();
    const dump = await dumpTables(async (text) => (await client.query(text)).rows);
    await client.end();
    return dump;
  }
  const database = await openDatabase(stores, pino({ level: 'silent' }));
  const dump = await dumpTables((text) => database.sql.query(text));
  await database.close();
  return dump;
}

async function dumpTables(query: (text: string) => Promise<unknown[]>): Promise<ReadonlyMap<string, string>> {
  const tables = (await query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)) as {
    tablename: string;
  }[];
  const dump = new Map<string, string>();
  for (const { tablename } of tables) {
    dump.set(tablename, JSON.stringify(await query(`SELECT * FROM "${tablename}"`)));
  }
  return dump;
}

/** Every key and value of a Redis database. */
export async function dumpRedis(url: string): Promise<string> {
  const redis = new Redis(url);
  const lines: string[] = [];
  for (const key of await redis.keys('*')) {
    lines.push(key, String(await redis.dumpBuffer(key)), JSON.stringify(await contentOf(redis, key)));
  }
  redis.disconnect();
  return lines.join('\n');
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    default:
      return redis.lrange(key, 0, -1);
  }
}
