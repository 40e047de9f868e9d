// What a suite asks for: a database of its own, on either engine. See service-desk.ts for who answers.
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { copyEmbeddedTemplate } from './embedded-template.ts';
import type { ServiceRequest } from './service-desk.ts';

/** Where the suite's desk listens; global-setup.ts sets it. */
export const DESK_VARIABLE = 'GATELODGE_TEST_DESK';

/** The URL of a fresh PostgreSQL database: with our tables, or without any. */
export function createPostgresDatabase(contents: 'empty' | 'migrated' = 'migrated'): Promise<string> {
  return ask(`postgres-${contents}`);
}

/** The URL of an empty Redis database. */
export function createRedisDatabase(): Promise<string> {
  return ask('redis');
}

/** A data directory with a migrated embedded database in it. */
export async function createDataDirectory(contents: 'empty' | 'migrated' = 'migrated'): Promise<string> {
  // Beside the desk, which removes whatever a failed suite leaves behind.
  const directory = mkdtempSync(path.join(path.dirname(deskSocket()), 'data-'));
  if (contents === 'migrated') copyEmbeddedTemplate(await ask('embedded-template'), directory);
  return directory;
}

/** Removes what createDataDirectory made. */
export function removeDataDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

async function ask(request: ServiceRequest): Promise<string> {
  const socketPath = process.env[DESK_VARIABLE];
  if (!socketPath)
    throw new Error('There is no service desk: run the suite through jest with its configuration.');
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    // A connection of its own: the desk closes idle ones, and a busy worker would not notice in time.
    http.get({ socketPath, path: `/${request}`, agent: false }, resolve).on('error', reject);
  });
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(`The suite has no ${request}: ${answer}`);
  return answer;
}

function deskSocket(): string {
  const socketPath = process.env[DESK_VARIABLE];
  if (!socketPath)
    throw new Error('There is no service desk: run the suite through jest with its configuration.');
  return socketPath;
}
