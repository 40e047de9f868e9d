// Two workers against one (GATELODGE_WORKERS), signed in at `auth/nginx`, in interleaved rounds. The client takes its
// share of the same cores, so one worker is also measured on one core together with its client; and beside throughput
// stands what the servers could do by the CPU time they used. Without wrk the client is always on all cores.
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasPostgres, startPostgres } from '../test/support/postgres-server.ts';
import { PINNED } from './contender.ts';
import { CONNECTIONS, checkOf, type Gate, startGate, visiting, warmUp } from './gate.ts';
import { runLoad } from './load.ts';
import { cpuSeconds, median } from './measure.ts';
import { hasWrk, runWrk } from './wrk.ts';

const CONTENDERS: readonly Contender[] = [
  { name: '1 at work, on one core with its client', workers: 1, under: PINNED },
  { name: '1 at work', workers: 1, under: [] },
  { name: '2 at work', workers: 2, under: [] },
];
const STARTED_WITHIN_MS = 60_000;
const SIZE = { hosts: 10, sessions: 64 };

interface Contender {
  readonly name: string;
  readonly workers: number;
  /** What its servers and its client are run under. */
  readonly under: readonly string[];
}

interface Running extends Gate {
  readonly under: readonly string[];
}

interface Options {
  readonly rounds: number;
  readonly milliseconds: number;
}

interface Round {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  /** Requests for each second of CPU time of the busiest process: what there would be if each had a core to itself. */
  readonly capacity: number;
}

/** Prints the table; nothing where PostgreSQL is not installed. */
export async function benchWorkers(options: Options): Promise<void> {
  if (!hasPostgres()) return console.log('\nworkers: skipped, PostgreSQL is not installed');
  const postgres = await startPostgres();
  const gates: Running[] = [];
  try {
    for (const { name, workers, under } of CONTENDERS) {
      const databaseUrl = await postgres.createDatabase('migrated');
      const environment = { GATELODGE_WORKERS: String(workers), GATELODGE_LOG_LEVEL: 'info' };
      gates.push({ ...(await startGate({ name, databaseUrl, ...SIZE, environment, under })), under });
    }
    for (const gate of gates) await untilAllServe(gate);
    await printRounds(gates, options);
  } finally {
    for (const gate of gates) await gate.end();
    await postgres.stop();
  }
}

/** The origin answers as soon as the first worker does; this is said when all do. */
async function untilAllServe({ output }: Gate): Promise<void> {
  const giveUpAt = Date.now() + STARTED_WITHIN_MS;
  while (!output?.().includes('Gatelodge is ready')) {
    if (Date.now() > giveUpAt) throw new Error(`not ready after a minute:\n${output?.()}`);
    await sleep(100);
  }
}

async function printRounds(gates: readonly Running[], { rounds, milliseconds }: Options): Promise<void> {
  // Each worker remembers for itself, and warmed up is only who was asked.
  for (let again = 0; again < 4; again += 1) for (const gate of gates) await runRound(gate, milliseconds);
  const results = gates.map((): Round[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, gate] of gates.entries()) results[index]?.push(await runRound(gate, milliseconds));
  }
  const [together = [], one = []] = results;
  console.log(
    `\nworkers, auth/nginx signed in (${rounds} rounds, ${CONNECTIONS} connections, ${availableParallelism()} cores, the client on them too${hasWrk ? ': wrk' : ''})`,
  );
  console.table(
    gates.map(({ name }, index) => {
      const own = results[index] ?? [];
      const of = (read: (round: Round) => number) => median(own.map(read));
      const ratio = (base: readonly Round[], read: (round: Round) => number) =>
        median(own.map((round, number) => read(round) / read(base[number] ?? round))).toFixed(2);
      return {
        servers: name,
        'requests/s': of((round) => round.perSecond).toFixed(0),
        '÷ one with its client on one core': ratio(together, (round) => round.perSecond),
        '÷ one': ratio(one, (round) => round.perSecond),
        'CPU µs, all processes': of((round) => round.cpuMicroseconds).toFixed(1),
        'requests/s by CPU time': of((round) => round.capacity).toFixed(0),
        'by CPU time ÷ one': ratio(one, (round) => round.capacity),
      };
    }),
  );
}

async function runRound(gate: Running, milliseconds: number): Promise<Round> {
  await warmUp(gate);
  const { pid } = gate;
  const processes = [pid, ...(await childrenOf(pid))];
  const read = () => Promise.all(processes.map(cpuSeconds));
  const before = await read();
  const { count, perSecond } = await runClient(gate, milliseconds);
  const used = (await read()).map((seconds, index) => seconds - (before[index] ?? 0));
  const all = used.reduce((sum, seconds) => sum + seconds, 0);
  return { perSecond, cpuMicroseconds: (all / count) * 1e6, capacity: count / Math.max(...used) };
}

/** wrk where it is installed: it leaves more of the two cores to the servers. */
function runClient({ origin, visitors, under }: Running, milliseconds: number) {
  if (hasWrk) {
    const requests = visitors.map(({ host, cookie }) => checkOf(host, cookie));
    return runWrk({ origin, seconds: Math.ceil(milliseconds / 1000), requests, under });
  }
  const request = visiting(visitors);
  return runLoad({ origin, connections: CONNECTIONS, milliseconds, request, expectedStatus: 200 });
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}
