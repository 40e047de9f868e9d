// `Expect: 100-continue` (RFC 9110 §10.1.1): a sender asks whether to send its body at all. node:http says yes by itself;
// whoever wants to judge first puts the answer off, and gives it before the body is read. A refusal is an answer, too.
import type { IncomingMessage, ServerResponse } from 'node:http';

const waiting = new WeakSet<IncomingMessage>();

/** Leaves the sender waiting for `letContinue`, or for the final answer. */
export function putOffContinue(request: IncomingMessage): void {
  waiting.add(request);
}

/** Asks for the body, if its sender waits to be asked and nothing has been answered. */
export function letContinue(request: IncomingMessage, response: ServerResponse): void {
  if (waiting.delete(request) && !response.headersSent && !response.destroyed) response.writeContinue();
}
