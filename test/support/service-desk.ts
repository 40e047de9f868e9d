// Jest's main process owns the servers, its workers use them: a worker asks this desk over a Unix socket, and the
// server in question is started at the first request. A run of pure rules starts none.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureEmbeddedTemplate } from './embedded-template.ts';
import { startPostgres } from './postgres-server.ts';
import { startRedis } from './redis-server.ts';

/** What a worker may ask for; the answer is a URL or a directory. */
export type ServiceRequest = 'postgres-empty' | 'postgres-migrated' | 'redis' | 'embedded-template';

/** The desk of one run of the suite. */
export interface ServiceDesk {
  readonly socketPath: string;
  close(): Promise<void>;
}

/** Opens the desk; closing it stops every server that was started for this run. */
export async function openServiceDesk(): Promise<ServiceDesk> {
  const directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-desk-'));
  const socketPath = path.join(directory, 'desk.sock');
  const postgres = startedOnce(startPostgres);
  const redis = startedOnce(startRedis);
  const template = startedOnce(ensureEmbeddedTemplate);
  const serve: Record<ServiceRequest, () => Promise<string>> = {
    'postgres-empty': async () => (await postgres.start()).createDatabase('empty'),
    'postgres-migrated': async () => (await postgres.start()).createDatabase('migrated'),
    redis: async () => (await redis.start()).createDatabase(),
    'embedded-template': () => template.start(),
  };
  const server = http.createServer((request, response) => {
    const asked = request.url?.slice(1) as ServiceRequest;
    serve[asked]().then(
      (answer) => response.end(answer),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await once(server.listen(socketPath), 'listening');
  return {
    socketPath,
    async close() {
      server.close();
      server.closeAllConnections();
      await (await postgres.started)?.stop();
      await (await redis.started)?.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Starts at the first call; later calls wait for the same. */
function startedOnce<Service>(start: () => Promise<Service>): {
  started: Promise<Service> | undefined;
  start(): Promise<Service>;
} {
  return {
    started: undefined,
    start() {
      this.started ??= start();
      return this.started;
    },
  };
}
