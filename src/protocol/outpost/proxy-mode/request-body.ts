// The body of a request on its way to the application: as it comes, no faster than the application takes it. What the
// application does not want is passed over, because many senders read the answer only when they have sent everything,
// and a connection that is cut before that takes the answer with it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { letContinue } from '../../../platform/http/continuation.ts';

/** For how long somebody may go on sending what nobody wants any more. */
const LINGER_MS = 30_000;

/** The body; null when there is none. */
export function bodyOf(request: IncomingMessage, response: ServerResponse): AsyncIterable<Buffer> | null {
  const { headers } = request;
  if (headers['transfer-encoding'] === undefined && !(Number(headers['content-length']) > 0)) return null;
  response.once('finish', () => linger(request));
  return chunksOf(request, response);
}

/** For an answer that is ours: nobody takes the body. */
export function passOver(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.once('finish', () => linger(request));
}

/** It is asked for when the application is there to take it. */
async function* chunksOf(request: IncomingMessage, response: ServerResponse): AsyncGenerator<Buffer> {
  try {
    letContinue(request, response);
    yield* request.iterator({ destroyOnReturn: false });
  } finally {
    request.resume();
  }
}

function linger(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(timer));
}
