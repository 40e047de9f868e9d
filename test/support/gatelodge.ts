// The real server, in this process, on a free port, on stores of its own.
import { type RunningServer, startServer } from '../../src/server.ts';
import type { Backend } from './backends.ts';
import { Browser, type BrowserOptions } from './browser.ts';
import {
  createDataDirectory,
  createPostgresDatabase,
  createRedisDatabase,
  removeDataDirectory,
} from './services.ts';

/** Key of the API token that akadmin has in every suite. */
export const API_TOKEN = 'suite-token-0123456789abcdefghijklmnopqrstuvwxyz';
/** akadmin's password in every suite that does not set up the first administrator itself. */
export const ADMIN_PASSWORD = 'correct horse battery staple';

const SUITE_SETTINGS = {
  GATELODGE_LISTEN_HTTP: '127.0.0.1:0',
  GATELODGE_LISTEN_HTTPS: '127.0.0.1:0',
  GATELODGE_LISTEN_METRICS: '127.0.0.1:0',
  GATELODGE_LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
  // Real hashing, at its cheapest: suites sign in often.
  GATELODGE_PASSWORD_MEMORY_KIB: '8192',
  GATELODGE_PASSWORD_PASSES: '1',
};

export interface StartOptions extends Pick<Backend, 'database' | 'sessions'> {
  /** False: nobody has moved in yet; the first visitor makes the administrator. */
  readonly isSetUp?: boolean;
  /** Settings beside, or instead of, the suite's. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Gatelodge {
  readonly origin: string;
  readonly deps: RunningServer['deps'];
  /** The environment that a second replica needs to run on the same stores. */
  readonly environment: Readonly<Record<string, string>>;
  browser(options?: Partial<BrowserOptions>): Browser;
  /** Calls `/api/v3<path>` as akadmin; a body is sent as JSON. */
  api<Answer = unknown>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Answer }>;
  stop(): Promise<void>;
}

/** Starts Gatelodge on fresh stores; stop() removes them. */
export async function startGatelodge(options: StartOptions): Promise<Gatelodge> {
  const dataDirectory = await createDataDirectory(options.database === 'embedded' ? 'migrated' : 'empty');
  const environment: Record<string, string> = {
    GATELODGE_DATA_DIR: dataDirectory,
    GATELODGE_SECRET_KEY: 'only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz',
    ...(options.database === 'postgres' ? { DATABASE_URL: await createPostgresDatabase() } : {}),
    ...(options.sessions === 'redis' ? { REDIS_URL: await createRedisDatabase() } : {}),
    ...(options.isSetUp === false
      ? {}
      : { GATELODGE_BOOTSTRAP_PASSWORD: ADMIN_PASSWORD, GATELODGE_BOOTSTRAP_TOKEN: API_TOKEN }),
    ...options.environment,
  };
  const gatelodge = await startReplica(environment);
  return {
    ...gatelodge,
    async stop() {
      await gatelodge.stop();
      removeDataDirectory(dataDirectory);
    },
  };
}

/** Starts one more process's worth of Gatelodge on the stores that the environment names. */
export async function startReplica(environment: Readonly<Record<string, string>>): Promise<Gatelodge> {
  const server = await startServer({ ...SUITE_SETTINGS, ...environment });
  const { origin, deps } = server;
  return {
    origin,
    deps,
    environment,
    browser: (options) => new Browser({ origin, ...options }),
    api: (method, path, body) => callApi(new Browser({ origin }), method, path, body),
    stop: () => server.close(),
  };
}

/** Calls `/api/v3<path>` as akadmin. */
export async function callApi<Answer>(
  browser: Browser,
  method: string,
  path: string,
  body: unknown,
): Promise<{ status: number; body: Answer }> {
  const page = await browser.request(method, `/api/v3${path}`, {
    headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: page.status, body: (page.body === '' ? undefined : page.json()) as Answer };
}
