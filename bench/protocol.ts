// The protocol endpoints that programs call, against bare oidc-provider in interleaved rounds: code exchange, refresh,
// userinfo, introspection, discovery, keys. Ratios are medians over rounds, so that a slow minute touches all alike.
import type { SigningAlgorithm } from '../src/protocol/oidc/signing-algorithm.ts';
import { openBackends } from './backends.ts';
import { type Asked, Connection } from './connection.ts';
import { browserAt, type Contender, PINNED, startBareProvider, startGatelodge } from './contender.ts';
import { benchClient } from './fixture.ts';
import { type Cost, measure, median } from './measure.ts';

const CONNECTIONS = 8;

const OPERATIONS = ['exchange', 'refresh', 'userinfo', 'introspection', 'discovery', 'jwks'] as const;
type Operation = (typeof OPERATIONS)[number];
type Round = Readonly<Record<Operation, Cost>>;

export interface ProtocolBench {
  readonly rounds: number;
  /** Of each kind in a round; four times as many where nothing is stored. */
  readonly requests: number;
  readonly algorithm: SigningAlgorithm;
  /** Only backends whose names contain this. */
  readonly backend: string;
  readonly profileDirectory?: string | undefined;
}

/** Prints a table for each operation. */
export async function benchProtocol(options: ProtocolBench): Promise<void> {
  const { rounds, requests, algorithm, backend } = options;
  const backends = await openBackends();
  try {
    const contenders = [await startBareProvider(options)];
    for (const one of backends.all.filter(({ name }) => name.includes(backend)))
      contenders.push(await startGatelodge(one, options));
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

async function runRounds(contenders: readonly Contender[], { rounds, requests }: ProtocolBench) {
  const runs = await Promise.all(contenders.map((contender) => Run.open(contender)));
  for (const run of runs) await run.round(2 * requests);
  const results: Round[][] = contenders.map(() => []);
  for (let number = 0; number < rounds; number += 1) {
    for (const [index, run] of runs.entries()) results[index]?.push(await run.round(requests));
  }
  for (const run of runs) run.close();
  return results;
}

/** One server with its kept connections, and tokens to ask about. */
class Run {
  readonly #contender: Contender;
  readonly #connections: Connection[];
  readonly #browser;
  #accessToken = '';

  private constructor(contender: Contender) {
    this.#contender = contender;
    this.#connections = Array.from({ length: CONNECTIONS }, () => new Connection(contender.origin));
    this.#browser = browserAt(contender);
  }

  static async open(contender: Contender): Promise<Run> {
    const run = new Run(contender);
    const browser = browserAt(contender, contender.tokenClientId);
    run.#accessToken = (await run.#redeem(await browser.authorize(), contender.tokenClientId)).access_token;
    browser.close();
    return run;
  }

  /** Codes first, unmeasured; then each redeemed, each refresh token used once, and what stores nothing. */
  async round(requests: number): Promise<Round> {
    const { endpoints, tokenClientId } = this.#contender;
    const codes: string[] = [];
    while (codes.length < requests) codes.push(await this.#browser.authorize());
    const exchange = await this.#measure(codes, (code) => this.#redeem(code));
    const refresh = await this.#measure(exchange.results, ({ refresh_token }) =>
      this.#token({ grant_type: 'refresh_token', refresh_token }),
    );
    const authorization = `Bearer ${this.#accessToken}`;
    const userinfo: Asked = { method: 'GET', path: endpoints.userinfo, headers: { authorization } };
    const introspection: Asked = {
      method: 'POST',
      path: endpoints.introspection,
      headers: { authorization: basic(tokenClientId) },
      form: { token: this.#accessToken },
    };
    return {
      exchange: exchange.cost,
      refresh: refresh.cost,
      userinfo: await this.#repeat(2 * requests, userinfo, '"email"'),
      introspection: await this.#repeat(2 * requests, introspection, '"active":true'),
      discovery: await this.#repeat(4 * requests, { method: 'GET', path: endpoints.discovery }, '"issuer"'),
      jwks: await this.#repeat(4 * requests, { method: 'GET', path: endpoints.jwks }, '"kid"'),
    };
  }

  close(): void {
    this.#browser.close();
    for (const connection of this.#connections) connection.close();
  }

  async #repeat(times: number, asked: Asked, expected: string): Promise<Cost> {
    const { cost } = await this.#measure(Array<Asked>(times).fill(asked), () => this.#ask(asked, expected));
    return cost;
  }

  #measure<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>) {
    return measure(this.#contender.pid, items, CONNECTIONS, work);
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
