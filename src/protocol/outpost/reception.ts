// What reaches us at an application's host without another proxy's asking: errands of browsers, and all of the host in
// proxy mode. Within the fence of the hot path: proxy mode comes through here with every request.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressReached, type IsTrustedPeer, type Visit } from './dialects.ts';
import { type Errand, errandOf, OUTPOST_PATH } from './endpoints.ts';
import type { Original, ProxyRoute, RoutingTable } from './routing-table.ts';

/** Who does what people have come for, and tells them where there is nothing. */
export interface ErrandDesk {
  serve(errand: Errand, visit: Visit): void;
  explainUnknownHost(request: IncomingMessage, response: ServerResponse, original: Original): void;
  explainNothingHere(request: IncomingMessage, response: ServerResponse): void;
}

interface Needs {
  readonly table: { readonly current: RoutingTable };
  readonly isTrusted: IsTrustedPeer;
  readonly ownAuthority: string | undefined;
  readonly desk: ErrandDesk;
}

export class Reception {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers what is asked for below our path, other than how to judge a request. */
  serve(request: IncomingMessage, response: ServerResponse, path: string): void {
    const { desk, table } = this.#needs;
    const errand = errandOf(request.url ?? '/');
    const original = addressReached(request, this.#needs.isTrusted);
    const route = errand && table.current.findAtAnyPort(original);
    if (path.startsWith(`${OUTPOST_PATH}/ping`)) response.writeHead(204).end();
    else if (!errand) desk.explainNothingHere(request, response);
    else if (route) desk.serve(errand, { request, response, original, route });
    else desk.explainUnknownHost(request, response, original);
  }

  /** An errand that only the query tells, for proxies that route all of a host to us but no path of its own. */
  serveSign(request: IncomingMessage, response: ServerResponse, url: string): boolean {
    const errand = errandOf(url);
    if (!errand) return false;
    const original = addressReached(request, this.#needs.isTrusted);
    const route = this.#needs.table.current.findAtAnyPort(original);
    if (route) this.#needs.desk.serve(errand, { request, response, original, route });
    return route !== undefined;
  }

  /** The visit to an application before which we are the proxy ourselves; undefined at every other host. */
  receive(request: IncomingMessage, response: ServerResponse): Visit | undefined {
    const original = addressReached(request, this.#needs.isTrusted);
    const route = this.findUpstream(original);
    return route && { request, response, original, route };
  }

  /** Whether the request is for an application in proxy mode. */
  isPassedOn(request: IncomingMessage): boolean {
    return this.findUpstream(addressReached(request, this.#needs.isTrusted)) !== undefined;
  }

  /** Never for our own host, whatever is registered: administrators must be able to come in and put it right. */
  findUpstream(original: Original): ProxyRoute | undefined {
    if (original.authority === this.#needs.ownAuthority) return undefined;
    const route = this.#needs.table.current.find(original);
    return route?.upstream && route;
  }
}
