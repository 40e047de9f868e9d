// `gatelodge …` as an operator runs it: a process of its own, with something piped in or nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const MAIN = path.resolve(import.meta.dirname, '../../../src/main.ts');

export interface CommandResult {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line to its end. */
export async function runGatelodge(
  environment: Readonly<Record<string, string>>,
  argv: readonly string[],
  input = '',
): Promise<CommandResult> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...argv], {
    env: { PATH: process.env.PATH, ...environment },
    // Where no .env of a developer lies.
    cwd: environment.GATELODGE_DATA_DIR,
  });
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exit: child.exitCode, out, err };
}
