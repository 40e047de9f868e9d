// How long Gatelodge takes from nothing to ready, how long from an existing database, and what it holds while idle.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { type Backend, openBackends } from './backends.ts';
import { median, residentMib } from './measure.ts';

const IDLE_MS = 3000;

/** Prints a row for each backend. */
export async function benchStartUp({ warmStarts }: { warmStarts: number }): Promise<void> {
  const backends = await openBackends();
  try {
    const rows = [];
    for (const backend of backends.all) {
      const { coldSeconds, warmSeconds, idleMib } = await measureStartUp(backend, warmStarts);
      rows.push({
        backend: backend.name,
        'first start s': coldSeconds.toFixed(2),
        'later start s': warmSeconds.toFixed(2),
        'idle MiB': idleMib.toFixed(0),
      });
    }
    console.log('\nstart-up and idle memory (not pinned)');
    console.table(rows);
  } finally {
    await backends.close();
  }
}

interface StartUp {
  readonly coldSeconds: number;
  readonly warmSeconds: number;
  readonly idleMib: number;
}

/** Starts once on an empty backend, and `warmStarts` times more on the same. */
async function measureStartUp(backend: Backend, warmStarts: number): Promise<StartUp> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'gatelodge-bench-'));
  const environment = await backend.createEnvironment();
  const timedStart = async () => {
    const before = performance.now();
    const server = await startGatelodgeProcess({ dataDirectory, environment });
    await server.untilReady();
    return { server, seconds: (performance.now() - before) / 1000 };
  };
  const cold = await timedStart();
  await cold.server.end('SIGTERM');
  const warmSeconds: number[] = [];
  const idleMib: number[] = [];
  for (let start = 1; start <= warmStarts; start += 1) {
    const { server, seconds } = await timedStart();
    warmSeconds.push(seconds);
    if (start === warmStarts) {
      await sleep(IDLE_MS);
      idleMib.push(await residentMib(server.pid));
    }
    await server.end('SIGTERM');
  }
  await rm(dataDirectory, { recursive: true, force: true });
  return { coldSeconds: cold.seconds, warmSeconds: median(warmSeconds), idleMib: median(idleMib) };
}
