// Prisma's schema engine without its download: the same engine as WebAssembly, from npm, over a database in memory.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type {
  DiffParams,
  DiffTarget,
  MigrationList,
  SchemaEngine,
} from '@prisma/schema-engine-wasm/schema_engine_bg';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

// TypeScript knows this global only among the browser's.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }>;
};

const PRISMA_DIRECTORY = path.resolve(import.meta.dirname, '../prisma');

/** Where migrations are kept. */
export const MIGRATIONS_DIRECTORY = path.join(PRISMA_DIRECTORY, 'migrations');

/** The SQL that leads from the last migration to the schema; empty when they agree. */
export async function diffMigrationsToSchema(): Promise<string> {
  const files = readSchema();
  const database = await PGlite.create();
  const engine = await startEngine(new InMemoryFactory(database), files);
  try {
    const migrations = readMigrationList();
    const from: DiffTarget =
      migrations.migrationDirectories.length > 0 ? { tag: 'migrations', ...migrations } : { tag: 'empty' };
    const { exitCode, stdout } = await engine.diff(scriptBetween(from, { tag: 'schemaDatamodel', files }));
    return exitCode === 2 ? (stdout ?? '') : '';
  } finally {
    engine.free();
    await database.close();
  }
}

function scriptBetween(from: DiffTarget, to: DiffTarget): DiffParams {
  return { from, to, script: true, exitCode: true, filters: { externalTables: [], externalEnums: [] } };
}

function readSchema(): { path: string; content: string }[] {
  const directory = path.join(PRISMA_DIRECTORY, 'schema');
  return readdirSync(directory)
    .sort()
    .map((name) => path.join(directory, name))
    .map((file) => ({ path: file, content: readFileSync(file, 'utf8') }));
}

function readMigrationList(): MigrationList {
  const names = readdirSync(MIGRATIONS_DIRECTORY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: MIGRATIONS_DIRECTORY,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(path.join(MIGRATIONS_DIRECTORY, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok',
          value: readFileSync(path.join(MIGRATIONS_DIRECTORY, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  };
}

async function startEngine(
  factory: InMemoryFactory,
  files: { path: string; content: string }[],
): Promise<SchemaEngine> {
  const glueFile = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const wasm = readFileSync(path.join(path.dirname(glueFile), 'schema_engine_bg.wasm'));
  // The engine reports a panic through this global before it traps.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: { set_message: (text: string) => console.error(text) },
  });
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
  const datamodels = files.map((file): [string, string] => [file.path, file.content]);
  return glue.SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
}

/** pglite-prisma-adapter 0.7.2 does not await scripts, and leaves its shadow database open. */
class InMemoryFactory extends PrismaPGlite {
  override async connect(): ReturnType<PrismaPGlite['connect']> {
    return withAwaitedScripts(await super.connect());
  }

  override async connectToShadowDb(): ReturnType<PrismaPGlite['connectToShadowDb']> {
    const adapter = withAwaitedScripts(await super.connectToShadowDb());
    return Object.assign(adapter, { dispose: () => clientOf(adapter).close() });
  }
}

function withAwaitedScripts<Adapter extends SqlDriverAdapter>(adapter: Adapter): Adapter {
  return Object.assign(adapter, {
    executeScript: async (script: string) => {
      await clientOf(adapter).exec(script);
    },
  });
}

function clientOf(adapter: SqlDriverAdapter): PGlite {
  return (adapter as unknown as { client: PGlite }).client;
}
