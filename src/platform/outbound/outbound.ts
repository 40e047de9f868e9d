// The only way by which Gatelodge calls others: logout notices, key sets, metadata. The address is checked after the name
// has been resolved and is the very one that is connected to, so a name that changes its mind gains nothing; redirects
// are handed back, never followed; time and size are bounded. Plain node:http, because fetch takes no lookup of ours.
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type MayReach, reachable } from './reachable.ts';

const TIMEOUT_SECONDS = 10;
const MAX_BYTES = 1024 * 1024;

/** Why nothing came back, in words for the administrator. */
export class OutboundFault extends Error {
  override readonly name = 'OutboundFault';
}

export interface OutboundRequest {
  readonly method?: string | undefined;
  readonly headers?: ConstructorParameters<typeof Headers>[0] | undefined;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Policy {
  /** Networks that may be called beside public addresses. */
  readonly outboundAllow: readonly string[];
}

interface Options {
  /** All addresses of a name. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
  readonly timeoutSeconds?: number;
  readonly maxBytes?: number;
}

export class Outbound {
  readonly #mayReach: MayReach;
  readonly #resolve: NonNullable<Options['resolve']>;
  readonly #timeoutSeconds: number;
  readonly #maxBytes: number;

  constructor({ outboundAllow }: Policy, options: Options = {}) {
    this.#mayReach = reachable(outboundAllow);
    this.#resolve = options.resolve ?? ((hostname) => lookup(hostname, { all: true }));
    this.#timeoutSeconds = options.timeoutSeconds ?? TIMEOUT_SECONDS;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
  }

  /** Sends one request; any status is an answer, redirects included. Throws OutboundFault. */
  async fetch(address: string | URL, request: OutboundRequest = {}): Promise<Response> {
    const url = this.#permitted(address);
    const deadline = AbortSignal.timeout(this.#timeoutSeconds * 1000);
    const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
    try {
      const answer = await this.#send(url, request, signal);
      return await this.#read(answer);
    } catch (error) {
      throw this.#faultOf(error, signal);
    }
  }

  /** Names are checked once they are resolved; an address in their place never is. */
  #permitted(address: string | URL): URL {
    const url = URL.parse(String(address));
    if (!url || !/^https?:$/.test(url.protocol)) throw new OutboundFault('It is no http(s) address.');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !this.#mayReach(host)) throw forbidden(host);
    return url;
  }

  #send(url: URL, { method = 'GET', headers, body }: OutboundRequest, signal: AbortSignal) {
    const { request } = url.protocol === 'https:' ? https : http;
    const options = { method, headers: Object.fromEntries(new Headers(headers)), signal };
    return new Promise<IncomingMessage>((answered, failed) => {
      // No agent: a connection that was kept would have been checked for another request.
      const sent = request(url, { ...options, agent: false, lookup: this.#lookup }, answered);
      sent.on('error', failed);
      sent.end(body);
    });
  }

  readonly #lookup: LookupFunction = (hostname, { all }, found) => {
    this.#resolve(hostname).then(
      (addresses) => {
        const [first, ...more] = addresses.filter(({ address }) => this.#mayReach(address));
        if (!first) return found(forbidden(hostname, addresses), []);
        return all ? found(null, [first, ...more]) : found(null, first.address, first.family);
      },
      (error: Error) => found(error, []),
    );
  };

  async #read(answer: IncomingMessage): Promise<Response> {
    const { statusCode: status = 502, headersDistinct } = answer;
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Leaving the loop closes the connection.
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > this.#maxBytes)
        throw new OutboundFault(`The answer has more than ${this.#maxBytes} bytes.`);
      chunks.push(chunk);
    }
    const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    return new Response(bytes > 0 ? Buffer.concat(chunks) : null, { status, headers });
  }

  #faultOf(cause: unknown, signal: AbortSignal): OutboundFault {
    if (cause instanceof OutboundFault) return cause;
    if (signal.aborted) {
      return new OutboundFault(`There was no answer within ${this.#timeoutSeconds} seconds.`, { cause });
    }
    // With several addresses node:net reports every failure at once, and says nothing itself.
    const reasons = cause instanceof AggregateError ? cause.errors : [cause];
    return new OutboundFault(reasons.map((reason) => (reason as Error).message).join('; '), { cause });
  }
}

function forbidden(host: string, addresses: readonly LookupAddress[] = []): OutboundFault {
  const found = addresses.map(({ address }) => address).join(', ');
  return new OutboundFault(
    `${host}${found && ` (${found})`} may not be called: GATELODGE_OUTBOUND_ALLOW does not name it, or nothing opens it.`,
  );
}
