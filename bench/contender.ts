// The servers that are measured against each other: bare oidc-provider, and Gatelodge on each backend. Each runs in a
// process of its own, pinned to the last core when `taskset` is there, and knows the client and the person of fixture.ts.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { apiOf, createOidcApplication, createPerson } from '../test/support/api-client.ts';
import { startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { RelyingParty } from '../test/support/relying-party.ts';
import type { Backend } from './backends.ts';
import { benchClient, benchPerson } from './fixture.ts';

export interface Contender {
  readonly name: string;
  readonly pid: number;
  readonly client: RelyingParty;
  end(): Promise<void>;
}

/** Prefix of a command that is to run on one core, away from the client. */
export const PINNED: readonly string[] = existsSync('/usr/bin/taskset')
  ? ['taskset', '-c', String(availableParallelism() - 1)]
  : [];

export async function startBareProvider(): Promise<Contender> {
  const script = path.join(import.meta.dirname, 'bare-oidc-provider.ts');
  const [file = process.execPath, ...args] = [...PINNED, process.execPath, script];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(child.stdout, 'data');
  const origin = String(line).trim();
  const client = clientOf(`${origin}/auth`, `${origin}/token`);
  return {
    name: 'bare oidc-provider',
    pid: child.pid ?? 0,
    client,
    async end() {
      client.close();
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

export async function startGatelodge(backend: Backend): Promise<Contender> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'gatelodge-bench-'));
  const token = randomBytes(32).toString('base64url');
  const environment = { ...(await backend.createEnvironment()), GATELODGE_BOOTSTRAP_TOKEN: token };
  const server = await startGatelodgeProcess({ dataDirectory, environment, under: PINNED });
  await server.untilReady();
  await arrange(server.origin, token);
  const endpoints = `${server.origin}/application/o`;
  const client = clientOf(`${endpoints}/authorize/`, `${endpoints}/token/`);
  return {
    name: `Gatelodge, ${backend.name}`,
    pid: server.pid,
    client,
    async end() {
      client.close();
      await server.end('SIGTERM');
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

function clientOf(authorizationEndpoint: string, tokenEndpoint: string): RelyingParty {
  return new RelyingParty({ authorizationEndpoint, tokenEndpoint, client: benchClient, person: benchPerson });
}

async function arrange(origin: string, token: string): Promise<void> {
  const api = apiOf(origin, token);
  const { email, name, groups } = benchPerson.claims;
  await createPerson(api, { ...benchPerson, email, name, groups });
  await createOidcApplication(api, {
    name: 'Bench',
    slug: 'bench',
    clientId: benchClient.id,
    clientSecret: benchClient.secret,
    redirectUris: [benchClient.redirectUri],
  });
}
