// The server's side: whoever can open the socket in the 0700 data directory could read the database itself, so a
// connection is trusted as the operator's shell is. It runs one command and ends.
import type { Socket } from 'node:net';
import type { ExitCode } from './execute.ts';
import { type RequestFrame, readFrames, requestFrame, sendFrame } from './frames.ts';
import type { Terminal } from './terminal.ts';

type RunCommandLine = (argv: readonly string[], terminal: Terminal) => Promise<ExitCode>;

/** For `lock.onConnection`: runs the command that the other process was given and streams back what it says. */
export function answerCommands(run: RunCommandLine): (socket: Socket) => void {
  return (socket) => {
    socket.on('error', () => socket.destroy());
    void converse(socket, run).catch(() => socket.destroy());
  };
}

async function converse(socket: Socket, run: RunCommandLine): Promise<void> {
  const frames = readFrames(socket, requestFrame);
  const first = await frames.next();
  // A connection without a command is another process asking whether the directory is taken.
  if (first.done || !('run' in first.value)) return socket.destroySoon();
  const exit = await run(first.value.run, remoteTerminal(socket, frames, first.value.isInteractive));
  sendFrame(socket, { exit });
  socket.destroySoon();
}

function remoteTerminal(
  socket: Socket,
  frames: AsyncGenerator<RequestFrame, void>,
  isInteractive: boolean,
): Terminal {
  const nextAnswer = async (): Promise<string> => {
    const frame = await frames.next();
    if (frame.done || !('answer' in frame.value)) throw new DOMException('Nobody answers.', 'AbortError');
    return frame.value.answer;
  };
  return {
    isInteractive,
    print: (out) => sendFrame(socket, { out }),
    printError: (err) => sendFrame(socket, { err }),
    readSecret: (prompt) => {
      sendFrame(socket, { ask: 'secret', prompt });
      return nextAnswer();
    },
    readInput: () => {
      sendFrame(socket, { ask: 'input' });
      return nextAnswer();
    },
  };
}
