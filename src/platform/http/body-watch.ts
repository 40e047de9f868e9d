// How long a body may be on its way. Large uploads take hours, so only its stopping is limited; once the request has been
// answered, nobody wants the rest. It is passed over for a while all the same: many senders read the answer only when they
// have sent everything, and a connection that is cut before that takes the answer with it.
import type { IncomingMessage, ServerResponse } from 'node:http';

interface Bounds {
  /** For how long nothing may move. */
  readonly stallSeconds: number;
  /** For how long somebody may go on sending after the answer. */
  readonly lingerSeconds: number;
}

const BOUNDS: Bounds = { stallSeconds: 120, lingerSeconds: 30 };

/** Closes the connection of a body that takes too long. */
export function watchBody(request: IncomingMessage, response: ServerResponse, bounds = BOUNDS): void {
  const { headers, socket } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
  socket.setTimeout(bounds.stallSeconds * 1000);
  request.once('end', () => socket.setTimeout(0));
  response.once('finish', () => linger(request, bounds.lingerSeconds));
}

function linger(request: IncomingMessage, seconds: number): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), seconds * 1000).unref();
  request.once('close', () => clearTimeout(timer));
}
