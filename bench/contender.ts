// The servers that are measured against each other: bare oidc-provider, and Gatelodge on each backend. Each runs in a
// process of its own, pinned to the last core when `taskset` is there, and knows the client and the person of fixture.ts.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { SigningAlgorithm } from '../src/protocol/oidc/signing-algorithm.ts';
import { apiOf, createOidcApplication, createPerson } from '../test/support/api-client.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { RelyingParty } from '../test/support/relying-party.ts';
import type { Backend } from './backends.ts';
import { benchClient, benchPerson } from './fixture.ts';

/** Paths below a server's origin. */
export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  readonly userinfo: string;
  readonly introspection: string;
  readonly discovery: string;
  readonly jwks: string;
}

export interface Contender {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  readonly endpoints: Endpoints;
  /** The client whose access tokens userinfo and introspection are asked about. */
  readonly tokenClientId: string;
  /** The port of its inspector, when it can be profiled. */
  readonly inspectorPort: number | undefined;
  end(): Promise<void>;
}

export interface ContenderOptions {
  readonly algorithm: SigningAlgorithm;
  /** Whether each server can be profiled. */
  readonly isProfiled?: boolean;
}

/** Prefix of a command that is to run on one core, away from the client. */
export const PINNED: readonly string[] = existsSync('/usr/bin/taskset')
  ? ['taskset', '-c', String(availableParallelism() - 1)]
  : [];

const BARE_ENDPOINTS: Endpoints = {
  authorization: '/auth',
  token: '/token',
  userinfo: '/me',
  introspection: '/token/introspection',
  discovery: '/.well-known/openid-configuration',
  jwks: '/jwks',
};

const O = '/application/o';
const GATELODGE_ENDPOINTS: Endpoints = {
  authorization: `${O}/authorize/`,
  token: `${O}/token/`,
  userinfo: `${O}/userinfo/`,
  introspection: `${O}/introspect/`,
  discovery: `${O}/bench/.well-known/openid-configuration`,
  jwks: `${O}/bench/jwks/`,
};

export async function startBareProvider(options: ContenderOptions): Promise<Contender> {
  const script = path.join(import.meta.dirname, 'bare-oidc-provider.ts');
  const command = [...PINNED, process.execPath, script, options.algorithm];
  const [file = process.execPath, ...args] = command;
  const inspectorPort = options.isProfiled ? await findFreePort() : undefined;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...inspectable(inspectorPort) },
  });
  const [line] = await once(child.stdout, 'data');
  return {
    name: 'bare oidc-provider',
    origin: String(line).trim(),
    pid: child.pid ?? 0,
    endpoints: BARE_ENDPOINTS,
    tokenClientId: `${benchClient.id}-opaque`,
    inspectorPort,
    async end() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

export async function startGatelodge(backend: Backend, options: ContenderOptions): Promise<Contender> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'gatelodge-bench-'));
  const token = randomBytes(32).toString('base64url');
  const databases = await backend.createEnvironment();
  const inspectorPort = options.isProfiled ? await findFreePort() : undefined;
  const environment = { ...databases, GATELODGE_BOOTSTRAP_TOKEN: token, ...inspectable(inspectorPort) };
  const server = await startGatelodgeProcess({ dataDirectory, environment, under: PINNED });
  await server.untilReady();
  await arrange(server, token, options);
  return {
    name: `Gatelodge, ${backend.name}`,
    origin: server.origin,
    pid: server.pid,
    endpoints: GATELODGE_ENDPOINTS,
    tokenClientId: benchClient.id,
    inspectorPort,
    async end() {
      await server.end('SIGTERM');
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** The person's browser at one client of the server. */
export function browserAt({ origin, endpoints }: Contender, clientId = benchClient.id): RelyingParty {
  return new RelyingParty({
    authorizationEndpoint: `${origin}${endpoints.authorization}`,
    tokenEndpoint: `${origin}${endpoints.token}`,
    client: { ...benchClient, id: clientId },
    person: benchPerson,
  });
}

function inspectable(port: number | undefined): Record<string, string> {
  return port === undefined ? {} : { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` };
}

async function arrange(server: GatelodgeProcess, token: string, { algorithm }: ContenderOptions) {
  const api = apiOf(server.origin, token);
  const { email, name, groups } = benchPerson.claims;
  await createPerson(api, { ...benchPerson, email, name, groups });
  await createOidcApplication(api, {
    name: 'Bench',
    slug: 'bench',
    clientId: benchClient.id,
    clientSecret: benchClient.secret,
    redirectUris: [benchClient.redirectUri],
    provider: { signing_algorithm: algorithm },
  });
}
