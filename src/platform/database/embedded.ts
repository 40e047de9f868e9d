// PGlite (PostgreSQL as WebAssembly) in the data directory, made as durable as a server: it ships without fsync, and
// its own initdb can be cut in two. See docs/decisions.md; test/platform/database/durability.test.ts holds it to this.
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { DatabaseFault } from './database-fault.ts';
import type { Sql, SqlSession } from './sql.ts';

/** The PostgreSQL major that the pinned PGlite contains; its files can be read by no other. */
const POSTGRES_MAJOR = '18';

const START_PARAMETERS = [
  // -F would switch fsync off.
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['-c', 'wal_sync_method=fsync'],
  // The default of 128 MB is memory that one process for one household never uses.
  ...['-c', 'shared_buffers=16MB'],
  // Prisma's adapters drop the time zone of what they read.
  ...['-c', 'timezone=UTC'],
];

/** The embedded engine: one connection, whose statements queue. */
export interface EmbeddedEngine {
  readonly adapter: PrismaPGlite;
  readonly sql: Sql;
  readonly session: SqlSession;
  close(): Promise<void>;
}

/** Opens the database under `<dataDirectory>/database`, creating it when missing. The caller holds the lock. */
export async function openEmbedded(dataDirectory: string): Promise<EmbeddedEngine> {
  const directory = path.join(dataDirectory, 'database');
  if (!existsSync(directory)) await createCluster(directory);
  refuseOtherMajor(directory);
  const pglite = await openCluster(directory);
  const session: SqlSession = {
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await pglite.query<Row>(text, [...values])).rows,
    execute: async (script) => {
      await pglite.exec(script);
    },
  };
  return { adapter: new PrismaPGlite(pglite), sql: session, session, close: () => pglite.close() };
}

/** A half-made cluster is never found under the final name: it is made aside, written to the disk, and renamed. */
async function createCluster(directory: string): Promise<void> {
  const aside = `${directory}.new`;
  rmSync(aside, { recursive: true, force: true });
  const pglite = await openCluster(aside);
  await pglite.close();
  syncTree(aside);
  renameSync(aside, directory);
  syncPath(path.dirname(directory));
}

function refuseOtherMajor(directory: string): void {
  const versionFile = path.join(directory, 'PG_VERSION');
  const major = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : 'unknown';
  if (major === POSTGRES_MAJOR) return;
  throw new DatabaseFault(
    `The embedded database in ${directory} is of PostgreSQL version ${major}; ` +
      `this Gatelodge reads version ${POSTGRES_MAJOR}. Start the version that wrote it, or restore a backup.`,
  );
}

function openCluster(directory: string): Promise<PGlite> {
  return PGlite.create({ fs: new DurableNodeFS(directory), startParams: START_PARAMETERS });
}

/** What PGlite's file system lacks: without this operation a commit would not wait for the disk. */
class DurableNodeFS extends NodeFS {
  override async init(...[pglite, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const result = await super.init(pglite, options);
    result.emscriptenOpts.preRun?.push((module) => addFsync((module as unknown as EmscriptenModule).NODEFS));
    return result;
  }
}

interface EmscriptenModule {
  NODEFS: {
    stream_ops: { fsync?: (stream: { nfd?: number; node: unknown }) => number };
    realPath(node: unknown): string;
  };
}

function addFsync(nodefs: EmscriptenModule['NODEFS']): void {
  nodefs.stream_ops.fsync = ({ nfd, node }) => {
    if (nfd === undefined) syncPath(nodefs.realPath(node));
    else fsyncSync(nfd);
    return 0;
  };
}

function syncTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const child = path.join(directory, entry.name);
    if (entry.isDirectory()) syncTree(child);
    else if (entry.isFile()) syncPath(child);
  }
  syncPath(directory);
}

function syncPath(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
