// Runs one command line to its exit code, in whatever process the data lives in: 0 done, 1 refused or failed, 2 wrong
// usage (contract §6). Never ends the process and never blocks it: the server runs commands between requests.
import { Command, CommanderError } from 'commander';
import { translateFields } from '../../platform/http/input.ts';
import { InvalidInput, Problem } from '../../platform/problem/problem.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { Terminal } from './terminal.ts';

export type ExitCode = 0 | 1 | 2;

const USAGE_HINT = 'Run `gatelodge --help`, or a command with --help.';

/** The command line of the product, from the nouns that the root assembled. */
export function gatelodgeProgram(nouns: readonly Command[], version: string): Command {
  const program = new Command('gatelodge')
    .description('Gatelodge, a self-hosted identity provider.')
    .version(version)
    .showSuggestionAfterError();
  for (const noun of nouns) program.addCommand(noun);
  return program;
}

/** Parses and runs `argv` (without node and script) and answers with the exit code; errors are said in words. */
export async function execute(
  program: Command,
  argv: readonly string[],
  terminal: Terminal,
  openTranslation: () => Translate = () => (key) => key,
): Promise<ExitCode> {
  speakThrough(program, terminal);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return usageExitCode(error, terminal);
    terminal.printError(describeFailure(inWords(error, openTranslation)));
    return 1;
  }
}

/** Rules that pages ask too say what is wrong by the key of a text. */
function inWords(error: unknown, openTranslation: () => Translate): unknown {
  if (!(error instanceof InvalidInput)) return error;
  return new InvalidInput(translateFields(error.fields, openTranslation()), { cause: error });
}

/** Neither a subcommand nor --help may write to, or exit, the process: in the server they are someone else's. */
function speakThrough(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.print(text.trimEnd()),
    writeErr: (text) => terminal.printError(text.trimEnd()),
  });
  for (const child of command.commands) speakThrough(child, terminal);
}

function usageExitCode(error: CommanderError, terminal: Terminal): ExitCode {
  // Asking for help or the version is answered by throwing, too; only that has exit code 0.
  if (error.exitCode === 0) return 0;
  if (error.code !== 'commander.help') terminal.printError(USAGE_HINT);
  return 2;
}

/** A refusal in words with its code; fields are named as in the API. */
export function describeFailure(error: unknown): string {
  if (error instanceof InvalidInput) {
    const lines = Object.entries(error.fields).map(([field, messages]) => {
      const words = messages.join(' ');
      return field === 'non_field_errors' ? `  ${words}` : `  ${field}: ${words}`;
    });
    return [`Refused (${error.code}):`, ...lines].join('\n');
  }
  if (error instanceof Problem) return `Refused (${error.code}): ${error.message}`;
  if (error instanceof Error && error.name === 'AbortError') return 'Interrupted; nothing was changed.';
  return `Failed: ${error instanceof Error ? error.message : String(error)}`;
}
