// The command table: the nouns of `gatelodge <noun> <verb>` that are about what the database holds. They run where it
// is open: in a process of their own (command-line.ts), or in the server, for another process.
import path from 'node:path';
import type { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { type Deps, VIEWS_DIRECTORY } from './deps.ts';
import { applicationCommand } from './identity/application/command.ts';
import { updateApplicationCommand } from './identity/application/update/command.ts';
import { groupCommand } from './identity/group/command.ts';
import { tokenCommand } from './identity/token/command.ts';
import { userCommand } from './identity/user/command.ts';
import { checkCommand } from './operation/cli/command.ts';
import { type ExitCode, execute, gatelodgeProgram } from './operation/cli/execute.ts';
import type { Shell, Terminal } from './operation/cli/terminal.ts';
import { loadTexts } from './platform/view/texts.ts';
import { setProviderCommand } from './protocol/oidc/advanced/command.ts';
import { providerCommand } from './protocol/oidc/command.ts';
import { keyCommand } from './protocol/oidc/key/command.ts';
import { sessionCommand } from './signin/session/command.ts';

export const dataCommands = (shell: Shell<Deps>): Command[] => [
  userCommand(shell),
  groupCommand(shell),
  applicationCommand(shell).addCommand(updateApplicationCommand(shell)),
  providerCommand(shell).addCommand(setProviderCommand(shell)),
  keyCommand(shell),
  tokenCommand(shell),
  sessionCommand(shell),
  checkCommand(shell),
];

/** What commands say is English; the texts are read when one of them is refused. */
export const openTranslation = () => loadTexts(path.join(VIEWS_DIRECTORY, 'texts')).for('en');

/** Runs a command line where the parts are open: what the server does for another process. */
export function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  open: () => Promise<Deps>,
): Promise<ExitCode> {
  const program = gatelodgeProgram(dataCommands({ terminal, open }), packageJson.version);
  return execute(program, argv, terminal, openTranslation);
}
