// `gatelodge serve`: the server as a process, from the first line on the terminal to the last signal.
import { isSetUp } from './identity/installation/installation.ts';
import { ConfigurationFault } from './platform/config/fault.ts';
import { DatabaseFault } from './platform/database/database-fault.ts';
import { Problem } from './platform/problem/problem.ts';
import { type RunningServer, startServer } from './server.ts';

const ENV_FILE = '.env';

/** Serves until SIGTERM or SIGINT; what keeps it from starting is said in words, with exit code 1. */
export async function serve(): Promise<void> {
  try {
    const server = await startServer(process.env, ENV_FILE);
    await announce(server);
    await stopOnSignal(server);
  } catch (error) {
    console.error(wordsFor(error));
    process.exit(1);
  }
}

async function announce({ origin, deps: { db, log } }: RunningServer): Promise<void> {
  const page = (await isSetUp(db)) ? '/' : '/if/flow/initial-setup/';
  log.info({ url: `${origin}${page}` }, `Gatelodge is ready: open ${origin}${page}`);
}

function stopOnSignal(server: RunningServer): void {
  const stop = async (signal: NodeJS.Signals) => {
    server.deps.log.info({ signal }, 'stopping');
    await server.close();
    process.exit(0);
  };
  // A second signal is an impatient operator: the default action ends the process at once.
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** Faults of the operator's making are told in words; anything else is ours and needs its stack. */
function wordsFor(error: unknown): string {
  if (error instanceof ConfigurationFault || error instanceof DatabaseFault || error instanceof Problem) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
