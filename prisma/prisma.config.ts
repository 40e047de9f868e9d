// Where Prisma's command line finds the schema. It would download a native schema engine on every command, so it is
// given a file of ours instead: `generate` only asks that one exists; migrations are made by scripts/migration.ts.
import path from 'node:path';
import { defineConfig } from 'prisma/config';

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= import.meta.filename;

export default defineConfig({
  schema: path.join(import.meta.dirname, 'schema'),
  migrations: { path: path.join(import.meta.dirname, 'migrations') },
});
