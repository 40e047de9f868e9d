// `gatelodge serve`: the server as a process, from the first line on the terminal to the last signal.
import cluster from 'node:cluster';
import { isSetUp } from './identity/installation/installation.ts';
import { loadConfig } from './platform/config/config.ts';
import { ConfigurationFault } from './platform/config/fault.ts';
import { letRequestsGoFirst } from './platform/crypto/hashing-threads.ts';
import { DatabaseFault } from './platform/database/database-fault.ts';
import { keepTickShape } from './platform/http/kept-shape.ts';
import { Problem } from './platform/problem/problem.ts';
import type { RunningServer } from './server.ts';
import type { Ready } from './workers.ts';

const ENV_FILE = '.env';

/** Serves until SIGTERM or SIGINT; what keeps it from starting is said in words, with exit code 1. */
export async function serve(): Promise<void> {
  try {
    const { config } = loadConfig(process.env, ENV_FILE);
    if (config.workers > 1 && cluster.isPrimary) {
      const { superviseWorkers } = await import('./workers.ts');
      process.exit((await superviseWorkers(config)) ? 0 : 1);
    }
    await letRequestsGoFirst();
    keepTickShape();
    const { startServer } = await import('./server.ts');
    const server = await startServer(process.env, ENV_FILE);
    await announce(server);
    stopOnSignal(server);
  } catch (error) {
    console.error(wordsFor(error));
    process.exit(1);
  }
}

async function announce({ origin, deps: { db, log } }: RunningServer): Promise<void> {
  const readyAt = `${origin}${(await isSetUp(db)) ? '/' : '/if/flow/initial-setup/'}`;
  if (cluster.isWorker) process.send?.({ readyAt } satisfies Ready);
  else log.info({ url: readyAt }, `Gatelodge is ready: open ${readyAt}`);
}

function stopOnSignal(server: RunningServer): void {
  const stop = async (signal: NodeJS.Signals) => {
    server.deps.log.info({ signal }, 'stopping');
    await server.close();
    process.exit(0);
  };
  // A second signal is an impatient operator: the default action ends the process at once.
  process.once('SIGTERM', stop);
  if (cluster.isPrimary) process.once('SIGINT', stop);
  else ignoreTerminal();
}

/** Terminals and systemd signal every process; a worker stops once, when it is told, or when its primary is gone. */
function ignoreTerminal(): void {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
}

/** Faults of the operator's making are told in words; anything else is ours and needs its stack. */
function wordsFor(error: unknown): string {
  if (error instanceof ConfigurationFault || error instanceof DatabaseFault || error instanceof Problem) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
