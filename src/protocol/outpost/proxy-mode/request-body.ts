// The body of a request on its way to the application: as it comes, no faster than the application takes it. What the
// application does not want is passed over (platform/http/body-watch.ts).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { letContinue } from '../../../platform/http/continuation.ts';

/** The body; null when there is none. */
export function bodyOf(request: IncomingMessage, response: ServerResponse): AsyncIterable<Buffer> | null {
  const { headers } = request;
  if (headers['transfer-encoding'] === undefined && !(Number(headers['content-length']) > 0)) return null;
  return chunksOf(request, response);
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
