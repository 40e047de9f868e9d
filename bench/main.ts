// `npm run bench`: what Gatelodge adds to bare oidc-provider, and at the gate to a bare HTTP server, in interleaved
// runs. Ratios are medians over rounds, so that a slow minute of the machine touches every contender alike. `--quick`
// makes fewer and smaller rounds.
import { parseArgs } from 'node:util';
import { openBackends } from './backends.ts';
import { type Contender, PINNED, startBareProvider, startGatelodge } from './contender.ts';
import { type Cost, measure, median } from './measure.ts';
import { benchOutpost } from './outpost.ts';
import { measureStartUp } from './start-up.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const ROUNDS = options.quick ? 3 : 7;
const REQUESTS = options.quick ? 40 : 80;
const WARM_UP_REQUESTS = options.quick ? 40 : 160;
const WARM_STARTS = options.quick ? 1 : 3;
const CONCURRENCY = 8;

interface Round {
  readonly exchange: Cost;
  readonly refresh: Cost;
}

/** Codes first, unmeasured; then all of them redeemed, then every refresh token used once. */
async function runRound({ client, pid }: Contender, requests: number): Promise<Round> {
  const codes: string[] = [];
  while (codes.length < requests) codes.push(await client.authorize());
  const exchange = await measure(pid, codes, CONCURRENCY, (code) => client.redeem(code));
  const refresh = await measure(pid, exchange.results, CONCURRENCY, (token) => client.refresh(token));
  return { exchange: exchange.cost, refresh: refresh.cost };
}

async function runRounds(contenders: readonly Contender[]): Promise<Map<Contender, Round[]>> {
  const rounds = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]));
  for (const contender of contenders) await runRound(contender, WARM_UP_REQUESTS);
  for (let number = 0; number < ROUNDS; number += 1) {
    for (const contender of contenders) rounds.get(contender)?.push(await runRound(contender, REQUESTS));
  }
  return rounds;
}

function printCosts(title: keyof Round, bare: Contender, rounds: Map<Contender, Round[]>): void {
  const ofBare = rounds.get(bare) ?? [];
  const rows = [...rounds].map(([contender, own]) => ({
    server: contender.name,
    'requests/s': median(own.map((round) => round[title].perSecond)).toFixed(0),
    'CPU ms': median(own.map((round) => round[title].cpuMs)).toFixed(2),
    'speed ÷ bare': ratio(own, ofBare, (round) => round[title].perSecond),
    'CPU ÷ bare': ratio(own, ofBare, (round) => round[title].cpuMs),
  }));
  console.log(`\n${title}`);
  console.table(rows);
}

/** Median of the ratios within each round. */
function ratio(own: readonly Round[], bare: readonly Round[], read: (round: Round) => number): string {
  const ratios = own.flatMap((round, index) => {
    const reference = bare[index];
    return reference ? [read(round) / read(reference)] : [];
  });
  return median(ratios).toFixed(2);
}

const backends = await openBackends();
try {
  console.log(
    `${ROUNDS} rounds of ${REQUESTS} requests, ${CONCURRENCY} at a time; servers run under: ${PINNED.join(' ') || 'nothing'}`,
  );
  const startUps = [];
  for (const backend of backends.all) {
    const { coldSeconds, warmSeconds, idleMib } = await measureStartUp(backend, WARM_STARTS);
    startUps.push({
      backend: backend.name,
      'first start s': coldSeconds.toFixed(2),
      'later start s': warmSeconds.toFixed(2),
      'idle MiB': idleMib.toFixed(0),
    });
  }
  console.log('\nstart-up and idle memory (not pinned)');
  console.table(startUps);

  const bare = await startBareProvider();
  const contenders = [bare];
  for (const backend of backends.all) contenders.push(await startGatelodge(backend));
  const rounds = await runRounds(contenders);
  printCosts('exchange', bare, rounds);
  printCosts('refresh', bare, rounds);
  for (const contender of contenders) await contender.end();
} finally {
  await backends.close();
}
await benchOutpost(options.quick ? { rounds: 3, milliseconds: 1000 } : { rounds: 9, milliseconds: 3000 });
