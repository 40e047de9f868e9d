// The command table: the nouns of `gatelodge <noun> <verb>`, and where a command runs: in this process, or, while a
// server owns the embedded database, in the server, with this process as its terminal.
import type { Socket } from 'node:net';
import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { type Deps, type OpenDeps, openDeps } from './deps.ts';
import { applicationCommand } from './identity/application/command.ts';
import { groupCommand } from './identity/group/command.ts';
import { tokenCommand } from './identity/token/command.ts';
import { userCommand } from './identity/user/command.ts';
import { checkCommand } from './operation/cli/command.ts';
import { describeFailure, type ExitCode, execute, gatelodgeProgram } from './operation/cli/execute.ts';
import { runAtOwner } from './operation/cli/owner-client.ts';
import { processTerminal } from './operation/cli/process-terminal.ts';
import type { Shell, Terminal } from './operation/cli/terminal.ts';
import { configCommand } from './platform/config/command.ts';
import { loadConfig } from './platform/config/config.ts';
import { connectToOwner } from './platform/database/directory-lock.ts';
import { healthcheckCommand } from './platform/http/command.ts';
import { createLog } from './platform/telemetry/log.ts';
import { providerCommand } from './protocol/oidc/command.ts';
import { sessionCommand } from './signin/session/command.ts';

const VERSION = packageJson.version;

/** Commands about what the database holds: they run where it is open. */
const dataCommands = (shell: Shell<Deps>): Command[] => [
  userCommand(shell),
  groupCommand(shell),
  applicationCommand(shell),
  providerCommand(shell),
  tokenCommand(shell),
  sessionCommand(shell),
  checkCommand(shell),
];

/** Commands about this process's own surroundings. */
const localCommands = (terminal: Terminal): Command[] => {
  const shell = { terminal, open: async () => loadConfig(process.env, '.env') };
  const serve = new Command('serve').description('start the server; so does no command at all');
  return [configCommand(shell), healthcheckCommand(shell), serve];
};

/** Runs a command line where the parts are open: what the server does for another process. */
export function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  open: () => Promise<Deps>,
): Promise<ExitCode> {
  return execute(gatelodgeProgram(dataCommands({ terminal, open }), VERSION), argv, terminal);
}

/** Runs this process's own command line; opens the database itself unless a running server has it open. */
export async function runInThisProcess(
  argv: readonly string[],
  terminal: Terminal = processTerminal,
): Promise<ExitCode> {
  let opened: OpenDeps | undefined;
  const open = async () => {
    opened ??= await openQuietly();
    return opened;
  };
  const aboutData = dataCommands({ terminal, open });
  try {
    const isAboutData = aboutData.some((noun) => noun.name() === argv[0]);
    const owner = isAboutData ? await findOwner() : undefined;
    if (owner) return await runAtOwner(owner, argv, terminal);
    const nouns = [...aboutData, ...localCommands(terminal)];
    return await execute(gatelodgeProgram(nouns, VERSION), argv, terminal);
  } catch (fault) {
    terminal.printError(describeFailure(fault));
    return 1;
  } finally {
    await opened?.close();
  }
}

function findOwner(): Promise<Socket | undefined> {
  const { config } = loadConfig(process.env, '.env');
  return config.databaseUrl ? Promise.resolve(undefined) : connectToOwner(config.dataDirectory);
}

/** Standard output is the command's; the log speaks on standard error, and only when something is wrong. */
function openQuietly(): Promise<OpenDeps> {
  const { config } = loadConfig(process.env, '.env');
  return openDeps(config, createLog({ ...config, logLevel: 'warn' }, process.stderr));
}
