// The side of the process that was started by hand: hands its command line to the server that owns the data directory
// and is that command's terminal until it ends.
import { connect, type Socket } from 'node:net';
import type { ExitCode } from './execute.ts';
import { type ResponseFrame, readFrames, responseFrame, sendFrame } from './frames.ts';
import type { Terminal } from './terminal.ts';

/** The owner of this data directory, or undefined when no server runs on it. */
export function findOwner(socketPath: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => resolve(socket));
    // No such file, or a socket that nobody listens on any more: the directory is free.
    socket.once('error', () => resolve(undefined));
  });
}

/** Has the owner run `argv` and answers with its exit code; throws when the server ends before the command does. */
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
  } finally {
    owner.destroy();
  }
  throw new Error(
    'The server stopped before the command was done; look at its log and run the command again.',
  );
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
