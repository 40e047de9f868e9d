// The two sets of stores that Gatelodge runs on. Both must behave alike, so a table of tests runs on both.
import { describe, it } from '@jest/globals';
import { hasPostgres } from './postgres-server.ts';
import { hasRedis } from './redis-server.ts';

export interface Backend {
  readonly name: string;
  readonly database: 'embedded' | 'postgres';
  readonly sessions: 'database' | 'redis';
}

export const EMBEDDED: Backend = { name: 'embedded', database: 'embedded', sessions: 'database' };
export const EXTERNAL: Backend = { name: 'PostgreSQL and Redis', database: 'postgres', sessions: 'redis' };

/** What this machine lacks for a backend, in words; undefined when it can run. */
export function missingFor({
  database,
  sessions,
}: Pick<Backend, 'database' | 'sessions'>): string | undefined {
  const missing = [
    database === 'postgres' && !hasPostgres() ? 'PostgreSQL' : '',
    sessions === 'redis' && !hasRedis() ? 'Redis' : '',
  ].filter(Boolean);
  if (missing.length === 0) return undefined;
  return `${missing.join(' and ')} not installed: run scripts/test-packages`;
}

/** Describes the thing once on each backend; one that cannot run here is skipped by name, and fails in CI. */
export function everyBackend(
  thing: string,
  body: (backend: Backend) => void,
  backends: readonly Backend[] = [EMBEDDED, EXTERNAL],
): void {
  for (const backend of backends) {
    const missing = missingFor(backend);
    if (!missing) {
      describe(`${thing} (${backend.name})`, () => body(backend));
    } else if (process.env.CI) {
      it(`${thing} (${backend.name})`, () => {
        throw new Error(missing);
      });
    } else {
      describe.skip(`${thing} (${backend.name}; ${missing})`, () => body(backend));
    }
  }
}
