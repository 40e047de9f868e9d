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

/** One agent that checks certificates, and one that does not. */
interface Agents {
  readonly verifying: Agent;
  readonly trusting: Agent;
}

export class Upstreams {
  readonly #kept: Agents;
  readonly #single: Agents;

  /** `answerSeconds`: for an answer to begin; one that has begun may be silent for as long as it likes, as event streams are. */
  constructor(answerSeconds: number) {
    this.#kept = openAgents({ headersTimeout: answerSeconds * 1000 });
    this.#single = openAgents({ headersTimeout: answerSeconds * 1000, pipelining: 0 });
  }

  send(destination: Destination, request: UpstreamRequest, handler: Dispatcher.DispatchHandler): void {
    dispatch(this.#kept, destination, request, handler);
  }

  /** On a connection of its own: an application that has just restarted has closed every one that was kept. */
  sendAnew(destination: Destination, request: UpstreamRequest, handler: Dispatcher.DispatchHandler): void {
    dispatch(this.#single, destination, request, handler);
  }

  async close(): Promise<void> {
    const agents = [this.#kept, this.#single].flatMap(({ verifying, trusting }) => [verifying, trusting]);
    await Promise.all(agents.map((agent) => agent.destroy()));
  }
}

function dispatch(
  { verifying, trusting }: Agents,
  { url, isVerified }: Destination,
  request: UpstreamRequest,
  handler: Dispatcher.DispatchHandler,
): void {
  const agent = isVerified ? verifying : trusting;
  // Constant for each origin: undici would otherwise take the Host header, and reconnect whenever that changes.
  const servername = url.hostname;
  agent.dispatch({ ...request, origin: url.origin, servername } as Dispatcher.DispatchOptions, handler);
}

function openAgents(options: Agent.Options): Agents {
  return { verifying: openAgent(true, options), trusting: openAgent(false, options) };
}

function openAgent(isVerified: boolean, options: Agent.Options): Agent {
  const connect = buildConnector({
    allowH2: false,
    timeout: CONNECT_SECONDS * 1000,
    rejectUnauthorized: isVerified,
  });
  return new Agent({
    ...options,
    connect: (asked, callback) => connect({ ...asked, servername: serverNameOf(asked.hostname) }, callback),
    allowH2: false,
    bodyTimeout: 0,
    maxHeaderSize: MOST_HEADER_BYTES,
  });
}

/** For TLS: an address has no server name (RFC 6066 §3). */
export function serverNameOf(hostname: string): string {
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : '';
}
