// The backends that Gatelodge is measured on: embedded always; PostgreSQL and Redis when they are installed, started
// here with Debian's binaries (or taken from TEST_DATABASE_URL and TEST_REDIS_URL).
import { hasPostgres, startPostgres } from '../test/support/postgres-server.ts';
import { hasRedis, startRedis } from '../test/support/redis-server.ts';

/** Where one Gatelodge keeps its data; what its environment does not name is embedded. */
export interface Backend {
  readonly name: string;
  /** Settings that lead to databases nobody has used yet. */
  createEnvironment(): Promise<Readonly<Record<string, string>>>;
}

export interface Backends {
  readonly all: readonly Backend[];
  close(): Promise<void>;
}

export async function openBackends(): Promise<Backends> {
  const all: Backend[] = [{ name: 'embedded', createEnvironment: async () => ({}) }];
  if (!hasPostgres()) return { all, close: async () => {} };
  const postgres = await startPostgres();
  const databaseUrl = () => postgres.createDatabase('empty');
  all.push({ name: 'PostgreSQL', createEnvironment: async () => ({ DATABASE_URL: await databaseUrl() }) });
  if (!hasRedis()) return { all, close: () => postgres.stop() };
  const redis = await startRedis();
  all.push({
    name: 'PostgreSQL and Redis',
    createEnvironment: async () => ({
      DATABASE_URL: await databaseUrl(),
      REDIS_URL: await redis.createDatabase(),
    }),
  });
  return {
    all,
    async close() {
      await redis.stop();
      await postgres.stop();
    },
  };
}
