// Where a command takes a password from: standard input when a script says so, a hidden prompt when a person is there.
import { InvalidInput } from '../../platform/problem/problem.ts';
import type { Terminal } from './terminal.ts';

export interface PasswordOptions {
  readonly passwordStdin?: boolean;
}

/** The new password, or undefined when none was offered: no `--password-stdin`, and nobody to ask. */
export async function readNewPassword(
  terminal: Terminal,
  options: PasswordOptions,
): Promise<string | undefined> {
  if (options.passwordStdin) return withoutLineEnd(await terminal.readInput());
  if (!terminal.isInteractive) return undefined;
  const password = await terminal.readSecret('New password');
  const repeated = await terminal.readSecret('Once more');
  if (password !== repeated) throw new InvalidInput({ password: ['The two passwords differ.'] });
  return password;
}

/** `echo secret | gatelodge …` ends its line; the password does not. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
