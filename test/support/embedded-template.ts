// A migrated embedded database to copy: making one takes seconds, copying one a third of a second. It is kept between
// runs under a name that says what it was made from.
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { openDatabase } from '../../src/platform/database/database.ts';
import { MIGRATIONS_DIRECTORY, readMigrations } from '../../src/platform/database/migration.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CACHE = path.join(ROOT, 'node_modules/.cache/gatelodge-test');

/** Makes the template unless an earlier run has, and returns its directory. */
export async function ensureEmbeddedTemplate(): Promise<string> {
  const directory = path.join(CACHE, `embedded-${fingerprint()}`);
  if (existsSync(directory)) return directory;
  const aside = `${directory}.${randomBytes(4).toString('hex')}`;
  mkdirSync(aside, { recursive: true });
  const database = await openDatabase({ dataDirectory: aside }, pino({ level: 'silent' }));
  await database.close();
  try {
    renameSync(aside, directory);
  } catch {
    rmSync(aside, { recursive: true, force: true }); // Another run was first.
  }
  return directory;
}

/** Copies the template into a data directory. */
export function copyEmbeddedTemplate(template: string, dataDirectory: string): void {
  cpSync(template, dataDirectory, { recursive: true });
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const migration of readMigrations(MIGRATIONS_DIRECTORY))
    hash.update(migration.name + migration.checksum);
  for (const file of ['package-lock.json', 'src/platform/database/embedded.ts']) {
    hash.update(readFileSync(path.join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
