// The conversation over the data directory's socket, one JSON object a line. The embedded database has one owner at a
// time, so while the server runs it is the server that runs commands; the other process is only their terminal.
import type { Socket } from 'node:net';
import { z } from 'zod';

/** From the process that was started by hand: the command line first, then an answer to each question. */
export const requestFrame = z.union([
  z.object({ run: z.array(z.string()), isInteractive: z.boolean() }),
  z.object({ answer: z.string() }),
  z.object({ interrupted: z.literal(true) }),
]);

/** From the server: output as it comes, questions, and at last the exit code. */
export const responseFrame = z.union([
  z.object({ out: z.string() }),
  z.object({ err: z.string() }),
  z.object({ ask: z.literal('input') }),
  z.object({ ask: z.literal('secret'), prompt: z.string() }),
  z.object({ exit: z.union([z.literal(0), z.literal(1), z.literal(2)]) }),
]);

export type RequestFrame = z.infer<typeof requestFrame>;
export type ResponseFrame = z.infer<typeof responseFrame>;

/** Sends one frame; a peer that has gone is noticed by the one who reads. */
export function sendFrame(socket: Socket, frame: RequestFrame | ResponseFrame): void {
  if (socket.writable) socket.write(`${JSON.stringify(frame)}\n`);
}

/** The peer's frames in order; throws on anything that is not one. Not readline: that also splits at U+2028. */
export async function* readFrames<Frame>(
  socket: Socket,
  schema: z.ZodType<Frame>,
): AsyncGenerator<Frame, void> {
  let unfinished = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const lines = `${unfinished}${String(chunk)}`.split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) yield schema.parse(JSON.parse(line));
  }
}
