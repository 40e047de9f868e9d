// Miniflux, a feed reader, built from its published Go module: an application that nobody here wrote, with its own
// database, and with nothing set for signing in but what its recipe prints.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { startServerProcess } from './server-process.ts';
import { createPostgresDatabase } from './services.ts';

const MINIFLUX = path.resolve(import.meta.dirname, '../applications/miniflux/bin/miniflux');

/** Whether scripts/test-packages has built it. */
export const hasMiniflux: boolean = existsSync(MINIFLUX);

export interface Miniflux {
  stop(): Promise<void>;
}

/** Starts it for people at `origin`, on a new database. */
export async function startMiniflux(
  origin: string,
  settings: Readonly<Record<string, string>>,
): Promise<Miniflux> {
  const environment = {
    DATABASE_URL: `${await createPostgresDatabase('empty')}?sslmode=disable`,
    RUN_MIGRATIONS: '1',
    LISTEN_ADDR: `127.0.0.1:${new URL(origin).port}`,
    BASE_URL: origin,
    ...settings,
  };
  const isReady = async () => {
    const { ok, status } = await fetch(`${origin}/healthcheck`);
    if (!ok) throw new Error(`It answers ${status}`);
  };
  return startServerProcess(MINIFLUX, [], isReady, { environment });
}
