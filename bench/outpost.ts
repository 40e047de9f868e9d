// Forward auth against a bare node:http server with the same headers, in interleaved rounds: signed-in and anonymous
// `auth/nginx`, with few and many hosts and sessions.
import { hasPostgres, startPostgres } from '../test/support/postgres-server.ts';
import { PINNED } from './contender.ts';
import {
  type Asking,
  CONNECTIONS,
  type Gate,
  type Round,
  runRound,
  startBare,
  startGate,
  warmUp,
} from './gate.ts';
import { median, residentMib } from './measure.ts';

const ASKING = [
  { title: 'auth/nginx, signed in, each visitor a page of 10 requests', status: 200, perVisit: 10 },
  { title: 'auth/nginx, signed in, each request another visitor', status: 200, perVisit: 1 },
  { title: 'auth/nginx, anonymous', status: 401, perVisit: 1 },
] as const;

interface Options {
  readonly rounds: number;
  readonly milliseconds: number;
  /** How many sessions are in use in the large installation. */
  readonly sessions: number;
  readonly profileDirectory?: string | undefined;
}

/** Prints the tables; nothing where PostgreSQL is not installed. */
export async function benchOutpost(options: Options): Promise<void> {
  if (!hasPostgres()) return console.log('\noutpost: skipped, PostgreSQL is not installed');
  const postgres = await startPostgres();
  const gates: Gate[] = [];
  try {
    for (const size of [
      { hosts: 10, sessions: 64 },
      { hosts: 5000, sessions: 64 },
      { hosts: 5000, sessions: options.sessions },
    ]) {
      const name = `Gatelodge, ${size.hosts} hosts, ${size.sessions} sessions`;
      const databaseUrl = await postgres.createDatabase('migrated');
      gates.push(await startGate({ name, databaseUrl, ...size, profileDirectory: options.profileDirectory }));
    }
    const [small] = gates;
    if (small) gates.unshift(await startBare(small));
    for (const gate of gates) await warmUp(gate);
    for (const { title, ...asking } of ASKING) await printRounds(title, gates, asking, options);
  } finally {
    for (const gate of gates) await gate.end();
    await postgres.stop();
  }
}

async function printRounds(
  title: string,
  gates: readonly Gate[],
  asking: Omit<Asking, 'milliseconds'>,
  { rounds, milliseconds }: Options,
): Promise<void> {
  const results = new Map<Gate, Round[]>(gates.map((gate) => [gate, []]));
  for (const gate of gates) await runRound(gate, { ...asking, milliseconds });
  for (let round = 0; round < rounds; round += 1) {
    for (const gate of gates) results.get(gate)?.push(await runRound(gate, { ...asking, milliseconds }));
  }
  const [bare] = results.values();
  const under = PINNED.join(' ') || 'nothing';
  console.log(`\n${title} (${rounds} rounds, ${CONNECTIONS} connections; servers run under: ${under})`);
  const rows = [...results].map(async ([{ name, pid }, own]) => {
    const of = (read: (round: Round) => number) => median(own.map(read));
    const ratio = (read: (round: Round) => number) =>
      median(own.map((round, index) => read(round) / read(bare?.[index] ?? round))).toFixed(2);
    return {
      server: name,
      'requests/s': of((round) => round.perSecond).toFixed(0),
      'CPU µs': of((round) => round.cpuMicroseconds).toFixed(1),
      'p50 ms': of((round) => round.p50Ms).toFixed(2),
      'p99 ms': of((round) => round.p99Ms).toFixed(2),
      'speed ÷ bare': ratio((round) => round.perSecond),
      'CPU ÷ bare': ratio((round) => round.cpuMicroseconds),
      'p99 ÷ bare': ratio((round) => round.p99Ms),
      'resident MiB': (await residentMib(pid)).toFixed(0),
    };
  });
  console.table(await Promise.all(rows));
}
