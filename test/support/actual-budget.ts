// Actual Budget's server, as its own package has it but for the database driver: libsql speaks better-sqlite3's API and
// comes from npm ready-made. Kept out of our own dependencies, because nothing else here needs its 130 MB.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startServerProcess } from './server-process.ts';

const SERVER = path.resolve(
  import.meta.dirname,
  '../applications/actual-budget/node_modules/@actual-app/sync-server/build/bin/actual-server.js',
);

/** Whether scripts/test-packages has installed it. */
export const hasActualBudget: boolean = existsSync(SERVER);

export interface ActualBudgetOptions {
  readonly port: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface ActualBudget {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Starts it with its documented settings for OpenID Connect; it reads the discovery document while it starts. */
export async function startActualBudget(options: ActualBudgetOptions): Promise<ActualBudget> {
  const { port, issuer, clientId, clientSecret } = options;
  const origin = `http://localhost:${port}`;
  const directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-actual-'));
  const environment = {
    // As anybody runs it; under a test runner it would keep its files elsewhere.
    NODE_ENV: 'production',
    ACTUAL_PORT: String(port),
    ACTUAL_HOSTNAME: '127.0.0.1',
    ACTUAL_DATA_DIR: directory,
    ACTUAL_LOGIN_METHOD: 'openid',
    ACTUAL_USER_CREATION_MODE: 'login',
    ACTUAL_OPENID_DISCOVERY_URL: issuer,
    ACTUAL_OPENID_CLIENT_ID: clientId,
    ACTUAL_OPENID_CLIENT_SECRET: clientSecret,
    ACTUAL_OPENID_SERVER_HOSTNAME: origin,
  };
  const isReady = async () => {
    const answer = await fetch(`${origin}/account/needs-bootstrap`);
    const { data } = (await answer.json()) as { data?: { loginMethod?: string } };
    if (data?.loginMethod !== 'openid') throw new Error(`It signs in by ${data?.loginMethod}`);
  };
  const server = await startServerProcess(process.execPath, [SERVER], isReady, { environment });
  return {
    origin,
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
