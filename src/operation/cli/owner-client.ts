// The side of the process that was started by hand: hands its command line to the server that owns the data directory
// and is that command's terminal until it ends.
import type { Socket } from 'node:net';
import { Unavailable } from '../../platform/problem/problem.ts';
import type { ExitCode } from './execute.ts';
import { type ResponseFrame, readFrames, responseFrame, sendFrame } from './frames.ts';
import type { Terminal } from './terminal.ts';

/** Has the owner run `argv` and answers with its exit code; throws Unavailable when it ends before the command does. */
export async function runAtOwner(
  owner: Socket,
  argv: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  owner.on('error', () => owner.destroy());
  sendFrame(owner, { run: [...argv], isInteractive: terminal.isInteractive });
  try {
    for await (const frame of readFrames(owner, responseFrame)) {
      if ('exit' in frame) return frame.exit;
      await obey(frame, owner, terminal);
    }
  } catch (cause) {
    throw unfinished(cause);
  } finally {
    owner.destroy();
  }
  throw unfinished();
}

function unfinished(cause?: unknown): Unavailable {
  const words = 'The server is starting or stopping: it did not finish this command. Run it again.';
  return new Unavailable(words, { cause });
}

async function obey(frame: ResponseFrame, owner: Socket, terminal: Terminal): Promise<void> {
  if ('out' in frame) return terminal.print(frame.out);
  if ('err' in frame) return terminal.printError(frame.err);
  if (!('ask' in frame)) return;
  try {
    const answer = await (frame.ask === 'input' ? terminal.readInput() : terminal.readSecret(frame.prompt));
    sendFrame(owner, { answer });
  } catch {
    sendFrame(owner, { interrupted: true });
  }
}
