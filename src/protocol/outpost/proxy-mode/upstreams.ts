// The connections to applications: kept alive, as many as are needed, one pool for each origin (undici). Certificates are
// checked against the name that is connected to, whatever Host header goes there.
import { isIP } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { Destination } from './passage.ts';

const CONNECT_SECONDS = 10;
const MOST_HEADER_BYTES = 64 * 1024;

export interface UpstreamRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: string[];
  readonly body: AsyncIterable<Buffer> | null;
}

export class Upstreams {
  readonly #verifying: Agent;
  readonly #trusting: Agent;

  /** `answerSeconds`: for an answer to begin; one that has begun may be silent for as long as it likes, as event streams are. */
  constructor(answerSeconds: number) {
    this.#verifying = openAgent(true, answerSeconds);
    this.#trusting = openAgent(false, answerSeconds);
  }

  send(destination: Destination, request: UpstreamRequest, handler: Dispatcher.DispatchHandler): void {
    const { url, isVerified } = destination;
    const agent = isVerified ? this.#verifying : this.#trusting;
    // Constant for each origin: undici would otherwise take the Host header, and reconnect whenever that changes.
    const servername = url.hostname;
    agent.dispatch({ ...request, origin: url.origin, servername } as Dispatcher.DispatchOptions, handler);
  }

  async close(): Promise<void> {
    await Promise.all([this.#verifying.destroy(), this.#trusting.destroy()]);
  }
}

function openAgent(isVerified: boolean, answerSeconds: number): Agent {
  const connect = buildConnector({
    allowH2: false,
    timeout: CONNECT_SECONDS * 1000,
    rejectUnauthorized: isVerified,
  });
  return new Agent({
    connect: (options, callback) =>
      connect({ ...options, servername: serverNameOf(options.hostname) }, callback),
    allowH2: false,
    headersTimeout: answerSeconds * 1000,
    bodyTimeout: 0,
    maxHeaderSize: MOST_HEADER_BYTES,
  });
}

/** For TLS: an address has no server name (RFC 6066 §3). */
export function serverNameOf(hostname: string): string {
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : '';
}
