#!/usr/bin/env node
// `npm run db:migration -- <name>`: writes what the schema has over the last migration as the next one. Read the
// result before committing it: a rename comes out as a drop and an add. A released migration is never edited.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { diffMigrationsToSchema, MIGRATIONS_DIRECTORY } from './schema-engine.ts';

const LOCK_FILE = path.join(MIGRATIONS_DIRECTORY, 'migration_lock.toml');
const NAME = /^[a-z][a-z0-9_]{0,60}$/;

const name = process.argv[2];
if (!name || !NAME.test(name)) {
  console.error(
    'Usage: npm run db:migration -- <name>    (lower case and underscores, for example add_invitations)',
  );
  process.exit(2);
}

mkdirSync(MIGRATIONS_DIRECTORY, { recursive: true });
if (!existsSync(LOCK_FILE)) writeFileSync(LOCK_FILE, '# Read by Prisma.\nprovider = "postgresql"\n');

const script = await diffMigrationsToSchema();
if (script) {
  const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const directory = path.join(MIGRATIONS_DIRECTORY, `${timestamp}_${name}`);
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'migration.sql'), script);
  console.log(`Wrote ${path.relative(process.cwd(), directory)}/migration.sql`);
} else {
  console.log('The migrations already lead to the schema; nothing was written.');
}
