// The protocol endpoints that programs call, against bare oidc-provider in interleaved rounds: code exchange, refresh,
// userinfo, introspection, discovery, keys. Ratios are medians over rounds, so that a slow minute touches all alike.
import type { SigningAlgorithm } from '../src/protocol/oidc/signing-algorithm.ts';
import { openBackends } from './backends.ts';
import { type Asked, Connection } from './connection.ts';
import { browserAt, type Contender, PINNED, startBareProvider, startGatelodge } from './contender.ts';
import { benchClient } from './fixture.ts';
import { type Cost, measure, median } from './measure.ts';
import { Profiler } from './profiler.ts';

const CONNECTIONS = 8;

const OPERATIONS = [
  'exchange',
  'refresh',
  'first userinfo',
  'first introspection',
  'userinfo',
  'introspection',
  'discovery',
  'jwks',
] as const;
type Operation = (typeof OPERATIONS)[number];
type Round = Readonly<Record<Operation, Cost>>;

export interface ProtocolBench {
  readonly rounds: number;
  /** Of each kind in a round; more where nothing is stored. */
  readonly requests: number;
  readonly algorithm: SigningAlgorithm;
  /** Only backends whose names contain this. */
  readonly backend: string;
  /** Where what the profiler saw is written; without one, nothing is profiled. */
  readonly profileDirectory?: string | undefined;
}

/** Prints a table for each operation. */
export async function benchProtocol(options: ProtocolBench): Promise<void> {
  const { rounds, requests, algorithm, backend, profileDirectory } = options;
  const backends = await openBackends();
  try {
    const serving = { algorithm, isProfiled: profileDirectory !== undefined };
    const contenders = [await startBareProvider(serving)];
    for (const one of backends.all.filter(({ name }) => name.includes(backend)))
      contenders.push(await startGatelodge(one, serving));
    const under = PINNED.join(' ') || 'nothing';
    console.log(
      `\n${algorithm}: ${rounds} rounds of ${requests} requests, ${CONNECTIONS} connections; servers run under: ${under}`,
    );
    const results = await runRounds(contenders, options);
    for (const operation of OPERATIONS) printCosts(operation, contenders, results);
    for (const contender of contenders) await contender.end();
  } finally {
    await backends.close();
  }
}

async function runRounds(contenders: readonly Contender[], options: ProtocolBench) {
  const { rounds, requests, profileDirectory } = options;
  const runs = contenders.map((contender) => new Run(contender));
  for (const run of runs) await run.round(2 * requests);
  if (profileDirectory !== undefined) for (const run of runs) await run.profile();
  const results: Round[][] = contenders.map(() => []);
  for (let number = 0; number < rounds; number += 1) {
    for (const [index, run] of runs.entries()) results[index]?.push(await run.round(requests));
  }
  for (const run of runs) await run.close(profileDirectory);
  return results;
}

/** One server with its kept connections. */
class Run {
  readonly #contender: Contender;
  readonly #connections: Connection[];
  readonly #browser;
  readonly #tokenBrowser;
  #profiler: Profiler | undefined;

  constructor(contender: Contender) {
    this.#contender = contender;
    this.#connections = Array.from({ length: CONNECTIONS }, () => new Connection(contender.origin));
    this.#browser = browserAt(contender);
    this.#tokenBrowser = browserAt(contender, contender.tokenClientId);
  }

  async profile(): Promise<void> {
    const { inspectorPort } = this.#contender;
    if (inspectorPort !== undefined) this.#profiler = await Profiler.attach(inspectorPort);
  }

  /** Codes and tokens to ask about first, unmeasured; then every code is redeemed and every refresh token used once. */
  async round(requests: number): Promise<Round> {
    const { discovery, jwks } = this.#contender.endpoints;
    const tokens = await this.#tokens(requests);
    const codes: string[] = [];
    while (codes.length < requests) codes.push(await this.#browser.authorize());
    const exchange = await this.#measure('exchange', codes, (code) => this.#redeem(code));
    const refresh = await this.#measure('refresh', exchange.results, ({ refresh_token }) =>
      this.#token({ grant_type: 'refresh_token', refresh_token }),
    );
    const sameToken = Array<string>(2 * requests).fill(tokens[0] ?? '');
    return {
      exchange: exchange.cost,
      refresh: refresh.cost,
      'first userinfo': await this.#userinfo('first userinfo', tokens),
      'first introspection': await this.#introspect('first introspection', tokens),
      userinfo: await this.#userinfo('userinfo', sameToken),
      introspection: await this.#introspect('introspection', sameToken),
      discovery: await this.#read('discovery', 4 * requests, discovery, '"issuer"'),
      jwks: await this.#read('jwks', 4 * requests, jwks, '"kid"'),
    };
  }

  async close(profileDirectory = ''): Promise<void> {
    this.#browser.close();
    this.#tokenBrowser.close();
    for (const connection of this.#connections) connection.close();
    await this.#profiler?.report(profileDirectory, this.#contender.name);
  }

  /** Access tokens that userinfo and introspection have not been asked about. */
  async #tokens(count: number): Promise<string[]> {
    const { tokenClientId } = this.#contender;
    const tokens: string[] = [];
    while (tokens.length < count) {
      const code = await this.#tokenBrowser.authorize();
      tokens.push((await this.#redeem(code, tokenClientId)).access_token);
    }
    return tokens;
  }

  #userinfo(operation: Operation, tokens: readonly string[]): Promise<Cost> {
    const { userinfo: path } = this.#contender.endpoints;
    return this.#askEach(operation, tokens, '"email"', (token) => ({
      method: 'GET',
      path,
      headers: { authorization: `Bearer ${token}` },
    }));
  }

  #introspect(operation: Operation, tokens: readonly string[]): Promise<Cost> {
    const { endpoints, tokenClientId } = this.#contender;
    const headers = { authorization: basic(tokenClientId) };
    return this.#askEach(operation, tokens, '"active":true', (token) => ({
      method: 'POST',
      path: endpoints.introspection,
      headers,
      form: { token },
    }));
  }

  #read(operation: Operation, times: number, path: string, expected: string): Promise<Cost> {
    return this.#askEach(operation, Array<string>(times).fill(path), expected, () => ({
      method: 'GET',
      path,
    }));
  }

  async #askEach(
    operation: Operation,
    items: readonly string[],
    expected: string,
    asking: (item: string) => Asked,
  ): Promise<Cost> {
    return (await this.#measure(operation, items, (item) => this.#ask(asking(item), expected))).cost;
  }

  #measure<Item, Result>(
    operation: Operation,
    items: readonly Item[],
    work: (item: Item) => Promise<Result>,
  ) {
    const measured = () => measure(this.#contender.pid, items, CONNECTIONS, work);
    return this.#profiler ? this.#profiler.during(operation, measured) : measured();
  }

  #redeem(code: string, clientId = benchClient.id) {
    const { redirectUri } = benchClient;
    return this.#token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }, clientId);
  }

  async #token(
    form: Readonly<Record<string, string>>,
    clientId = benchClient.id,
  ): Promise<{ access_token: string; refresh_token: string }> {
    const path = this.#contender.endpoints.token;
    const headers = { authorization: basic(clientId) };
    return JSON.parse(await this.#ask({ method: 'POST', path, headers, form }, '"refresh_token"'));
  }

  async #ask(asked: Asked, expected: string): Promise<string> {
    const connection = this.#connections.pop();
    if (!connection) throw new Error('more requests at a time than connections');
    const { status, body } = await connection.ask(asked);
    this.#connections.push(connection);
    if (status === 200 && body.includes(expected)) return body;
    throw new Error(`${this.#contender.name}: ${asked.path} was answered with ${status}: ${body}`);
  }
}

function basic(clientId: string): string {
  return `Basic ${Buffer.from(`${clientId}:${benchClient.secret}`).toString('base64')}`;
}

function printCosts(operation: Operation, contenders: readonly Contender[], results: readonly Round[][]) {
  const ofBare = results[0] ?? [];
  const rows = contenders.map(({ name }, index) => {
    const own = results[index] ?? [];
    const of = (read: (cost: Cost) => number) => median(own.map((round) => read(round[operation])));
    const ratio = (read: (cost: Cost, bare: Cost) => number) =>
      median(
        own.flatMap((round, number) => {
          const bare = ofBare[number];
          return bare ? [read(round[operation], bare[operation])] : [];
        }),
      ).toFixed(2);
    return {
      server: name,
      'requests/s': of((cost) => cost.perSecond).toFixed(0),
      'CPU µs': (of((cost) => cost.cpuMs) * 1000).toFixed(0),
      'speed ÷ bare': ratio((cost, bare) => cost.perSecond / bare.perSecond),
      'bare CPU ÷ CPU': ratio((cost, bare) => bare.cpuMs / cost.cpuMs),
    };
  });
  console.log(`\n${operation}`);
  console.table(rows);
}
