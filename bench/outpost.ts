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
  let bare: Gate | undefined;
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
    if (!small) return;
    bare = await startBare(small);
    for (const gate of gates) await warmUp(gate);
    for (const { title, ...asking } of ASKING) await printRounds(title, { gates, bare }, asking, options);
  } finally {
    for (const gate of gates) await gate.end();
    await bare?.end();
    await postgres.stop();
  }
}

/** A round of a gate, and one of the bare server by the same visitors: what they cost the client is nobody's fault. */
interface Pair {
  readonly own: Round;
  readonly bare: Round;
}

async function printRounds(
  title: string,
  { gates, bare }: { readonly gates: readonly Gate[]; readonly bare: Gate },
  asking: Omit<Asking, 'milliseconds'>,
  { rounds, milliseconds }: Options,
): Promise<void> {
  const runPair = async (gate: Gate): Promise<Pair> => ({
    bare: await runRound({ ...bare, visitors: gate.visitors }, { ...asking, milliseconds }),
    own: await runRound(gate, { ...asking, milliseconds }),
  });
  const results = new Map<Gate, Pair[]>(gates.map((gate) => [gate, []]));
  for (const gate of gates) await runPair(gate);
  for (let round = 0; round < rounds; round += 1) {
    for (const gate of gates) results.get(gate)?.push(await runPair(gate));
  }
  const under = PINNED.join(' ') || 'nothing';
  console.log(`\n${title} (${rounds} rounds, ${CONNECTIONS} connections; servers run under: ${under})`);
  const rows = [...results].map(async ([{ name, pid }, pairs]) => {
    const of = (read: (round: Round) => number) => median(pairs.map(({ own }) => read(own)));
    const ratio = (read: (round: Round) => number) =>
      median(pairs.map((pair) => read(pair.own) / read(pair.bare))).toFixed(2);
    return {
      server: name,
      'requests/s': of((round) => round.perSecond).toFixed(0),
      'CPU µs': of((round) => round.cpuMicroseconds).toFixed(1),
      'CPU µs, bare': median(pairs.map((pair) => pair.bare.cpuMicroseconds)).toFixed(1),
      'p99 ms': of((round) => round.p99Ms).toFixed(2),
      'speed ÷ bare': ratio((round) => round.perSecond),
      'CPU ÷ bare': ratio((round) => round.cpuMicroseconds),
      'p99 ÷ bare': ratio((round) => round.p99Ms),
      'resident MiB': (await residentMib(pid)).toFixed(0),
    };
  });
  console.table(await Promise.all(rows));
}
