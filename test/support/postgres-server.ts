// The suite's own PostgreSQL: Debian's binaries, a directory under /tmp, no durability. Each suite gets a copy of a
// migrated template, which takes a tenth of a second.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { openDatabase } from '../../src/platform/database/database.ts';
import { findFreePort } from './free-port.ts';
import { identityOf, startServerProcess } from './server-process.ts';

const DEBIAN_DIRECTORY = '/usr/lib/postgresql';
const SYSTEM_USER = 'postgres';
const PASSWORD = 'only-for-tests';

/** A PostgreSQL server on which suites may have databases. */
export interface PostgresServer {
  /** Makes an empty database, or one with our tables in it, and returns its URL. */
  createDatabase(contents: 'empty' | 'migrated'): Promise<string>;
  stop(): Promise<void>;
}

/** True when a server can be had: installed, or given by TEST_DATABASE_URL. */
export function hasPostgres(): boolean {
  return Boolean(process.env.TEST_DATABASE_URL) || binaryDirectory() !== undefined;
}

/** Starts a server of our own, or uses the one at TEST_DATABASE_URL. */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env.TEST_DATABASE_URL;
  const { url, stop } = given ? { url: given, stop: async () => {} } : await startOwn();
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const created: string[] = [];
  const create = async (suffix = '') => {
    const name = `gatelodge_test_${randomBytes(6).toString('hex')}`;
    await admin.query(`create database ${name} ${suffix}`);
    created.push(name);
    return name;
  };
  let template: Promise<string> | undefined;
  return {
    async createDatabase(contents) {
      if (contents === 'empty') return databaseUrl(url, await create());
      template ??= create().then((name) => migrated(url, name));
      return databaseUrl(url, await create(`template ${await template}`));
    },
    async stop() {
      // A server that was lent to us is handed back as it was.
      if (given)
        for (const name of created) await admin.query(`drop database if exists ${name} with (force)`);
      await admin.end();
      await stop();
    },
  };
}

async function startOwn(): Promise<{ url: string; stop(): Promise<void> }> {
  const binaries = binaryDirectory();
  if (!binaries) throw new Error('PostgreSQL is not installed: run scripts/test-packages');
  const directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-postgres-'));
  const identity = identityOf(SYSTEM_USER);
  if (identity.uid !== undefined) chownSync(directory, identity.uid, identity.gid ?? identity.uid);
  const data = path.join(directory, 'data');
  const passwordFile = path.join(directory, 'password');
  writeFileSync(passwordFile, PASSWORD);
  const initdb = ['-D', data, '-U', 'gatelodge', '-A', 'scram-sha-256', '--pwfile', passwordFile];
  initdb.push('-E', 'UTF8', '--locale=C', '--no-sync');
  execFileSync(path.join(binaries, 'initdb'), initdb, { ...identity, stdio: 'pipe' });

  const port = await findFreePort();
  const url = `postgresql://gatelodge:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];
  const args = ['-D', data, '-k', directory, '-h', '127.0.0.1', '-p', String(port)];
  const server = await startServerProcess(
    path.join(binaries, 'postgres'),
    [...args, ...settings.flatMap((setting) => ['-c', setting])],
    () => answers(url),
    { user: SYSTEM_USER, stopSignal: 'SIGINT' },
  );
  return {
    url,
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.end();
}

async function migrated(serverUrl: string, name: string): Promise<string> {
  const location = { databaseUrl: databaseUrl(serverUrl, name), dataDirectory: '' };
  const database = await openDatabase(location, pino({ level: 'silent' }));
  await database.close();
  return name;
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** The newest installed version. */
function binaryDirectory(): string | undefined {
  if (!existsSync(DEBIAN_DIRECTORY)) return undefined;
  const versions = readdirSync(DEBIAN_DIRECTORY).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => path.join(DEBIAN_DIRECTORY, version, 'bin'))
    .find((directory) => existsSync(path.join(directory, 'initdb')));
}
