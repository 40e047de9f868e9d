// `gatelodge …` as a process. It stays light: while a server has the data open it is only that server's terminal, and a
// health check runs every few seconds; the rest of the program is loaded when a command really runs here.
import type { Socket } from 'node:net';
import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { describeFailure, type ExitCode, execute, gatelodgeProgram } from './operation/cli/execute.ts';
import { runAtOwner } from './operation/cli/owner-client.ts';
import { processTerminal } from './operation/cli/process-terminal.ts';
import type { Terminal } from './operation/cli/terminal.ts';
import { configCommand } from './platform/config/command.ts';
import { loadConfig } from './platform/config/config.ts';
import { connectToOwner } from './platform/database/directory-lock.ts';
import { healthcheckCommand } from './platform/http/command.ts';

const ENV_FILE = '.env';
const VERSION = packageJson.version;

/** Runs this process's own command line; opens the database itself unless a running server has it open. */
export async function runInThisProcess(
  argv: readonly string[],
  terminal: Terminal = processTerminal,
): Promise<ExitCode> {
  try {
    const local = localCommands(terminal);
    const [noun = ''] = argv;
    const isLocal = local.some((command) => command.name() === noun);
    if (isLocal) return await execute(gatelodgeProgram(local, VERSION), argv, terminal);
    const isAboutProgram = noun === 'help' || noun.startsWith('-');
    const owner = isAboutProgram ? undefined : await findOwner();
    return await (owner ? runAtOwner(owner, argv, terminal) : runHere(argv, terminal));
  } catch (fault) {
    terminal.printError(describeFailure(fault));
    return 1;
  }
}

/** Commands about this process's own surroundings, not about data. */
function localCommands(terminal: Terminal): Command[] {
  const shell = { terminal, open: async () => loadConfig(process.env, ENV_FILE) };
  const serve = new Command('serve').description('start the server; so does no command at all');
  return [configCommand(shell), healthcheckCommand(shell), serve];
}

function findOwner(): Promise<Socket | undefined> {
  const { config } = loadConfig(process.env, ENV_FILE);
  return config.databaseUrl ? Promise.resolve(undefined) : connectToOwner(config.dataDirectory);
}

async function runHere(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [{ dataCommands, openTranslation }, { openDeps }, { createLog }] = await Promise.all([
    import('./commands.ts'),
    import('./deps.ts'),
    import('./platform/telemetry/log.ts'),
  ]);
  // Standard output is the command's; the log speaks on standard error, and only when something is wrong.
  const openQuietly = () => {
    const { config } = loadConfig(process.env, ENV_FILE);
    return openDeps(config, createLog({ ...config, logLevel: 'warn' }, process.stderr));
  };
  let opening: ReturnType<typeof openQuietly> | undefined;
  const open = () => {
    opening ??= openQuietly();
    return opening;
  };
  try {
    const nouns = [...dataCommands({ terminal, open }), ...localCommands(terminal)];
    return await execute(gatelodgeProgram(nouns, VERSION), argv, terminal, openTranslation);
  } finally {
    await opening?.then((deps) => deps.close()).catch(() => undefined);
  }
}
