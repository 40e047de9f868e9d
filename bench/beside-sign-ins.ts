// What people at the gate feel while others sign in: 500 checks a second at fixed times, alone and beside a crowd of
// sign-ins that keeps every password hash busy. Latencies count from the moment at which a check was due.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasPostgres, startPostgres } from '../test/support/postgres-server.ts';
import { Connection } from './connection.ts';
import { PINNED } from './contender.ts';
import { type Gate, startGate, type Visitor, warmUp } from './gate.ts';
import { percentiles } from './load.ts';
import { median } from './measure.ts';

const CHECKS_PER_SECOND = 500;
const MOST_CONNECTIONS = 64;
/** More than are hashed at once, so that some always wait. */
const SIGN_INS_AT_ONCE = 12;

interface Options {
  readonly rounds: number;
  readonly milliseconds: number;
}

interface Seen {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly signInsPerSecond: number;
}

/** Prints a table for one core, and one for all of them. */
export async function benchBesideSignIns(options: Options): Promise<void> {
  if (!hasPostgres()) return console.log('\nbeside sign-ins: skipped, PostgreSQL is not installed');
  const postgres = await startPostgres();
  try {
    for (const under of PINNED.length > 0 ? [PINNED, []] : [[]]) {
      const databaseUrl = await postgres.createDatabase('migrated');
      const size = { hosts: 10, sessions: 64, people: SIGN_INS_AT_ONCE };
      const gate = await startGate({ name: 'Gatelodge', databaseUrl, ...size, under });
      await warmUp(gate);
      await compare(gate, under.join(' ') || 'all cores', options);
      await gate.end();
    }
  } finally {
    await postgres.stop();
  }
}

async function compare(gate: Gate, under: string, { rounds, milliseconds }: Options): Promise<void> {
  const kinds = ['alone', 'beside sign-ins'] as const;
  const results = new Map(kinds.map((kind): [string, Seen[]] => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    results.get('alone')?.push({ ...(await check(gate, milliseconds)), signInsPerSecond: 0 });
    results.get('beside sign-ins')?.push(await checkBesideSignIns(gate, milliseconds));
  }
  console.log(`\n${CHECKS_PER_SECOND} checks a second (${rounds} rounds; the server runs under: ${under})`);
  console.table(
    [...results].map(([name, seen]) => ({
      checks: name,
      'p50 ms': median(seen.map(({ p50Ms }) => p50Ms)).toFixed(2),
      'p99 ms': median(seen.map(({ p99Ms }) => p99Ms)).toFixed(2),
      'worst p99 ms': Math.max(...seen.map(({ p99Ms }) => p99Ms)).toFixed(2),
      'sign-ins/s': median(seen.map(({ signInsPerSecond }) => signInsPerSecond)).toFixed(1),
    })),
  );
}

async function checkBesideSignIns(gate: Gate, milliseconds: number): Promise<Seen> {
  const script = path.join(import.meta.dirname, 'crowd.ts');
  const crowd = spawn(process.execPath, [script, gate.origin, String(SIGN_INS_AT_ONCE)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Elsewhere these people have machines of their own: here they get what the server and who measures leave over.
  setPriority(crowd.pid ?? 0, constants.priority.PRIORITY_LOW);
  let signIns = 0;
  const lines = readline.createInterface({ input: crowd.stdout });
  await once(lines, 'line');
  lines.on('line', () => {
    signIns += 1;
  });
  const seen = await check(gate, milliseconds);
  const signInsPerSecond = signIns / (milliseconds / 1000);
  crowd.kill('SIGTERM');
  await once(crowd, 'exit');
  return { ...seen, signInsPerSecond };
}

/** Checks at fixed times; one that finds no free connection waits for it, and that counts. */
async function check({ origin, visitors }: Gate, milliseconds: number) {
  const connections = Array.from({ length: MOST_CONNECTIONS }, () => new Connection(origin));
  const latencies: number[] = [];
  const startedAt = performance.now();
  const checks = Array.from({ length: (milliseconds / 1000) * CHECKS_PER_SECOND }, (_, index) => ({
    visitor: visitors[index % visitors.length],
    dueAt: startedAt + (index / CHECKS_PER_SECOND) * 1000,
  })).values();
  const work = async (connection: Connection) => {
    for (const { visitor, dueAt } of checks) {
      await sleep(Math.max(0, dueAt - performance.now()));
      await ask(connection, visitor);
      latencies.push(performance.now() - dueAt);
    }
    connection.close();
  };
  await Promise.all(connections.map(work));
  return percentiles(latencies);
}

async function ask(connection: Connection, visitor: Visitor | undefined): Promise<void> {
  const path = '/outpost.goauthentik.io/auth/nginx';
  const headers = { 'X-Original-URL': `https://${visitor?.host}/films`, Cookie: visitor?.cookie ?? '' };
  const { status } = await connection.ask({ method: 'GET', path, headers });
  if (status !== 200) throw new Error(`a visitor was answered with ${status}`);
}
