// Discovery and keys, answered before Koa when they lie ready: services ask for them all the time, and nothing in them
// depends on who asks. What does not lie ready goes the long way (protocol-endpoints.ts), and lies ready afterwards.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OriginOfRequest } from '../../platform/http/forwarded.ts';
import type { Metrics } from '../../platform/telemetry/metrics.ts';
import type { Issuers } from './issuers.ts';
import { DISCOVERY } from './metadata.ts';

const ADDRESS = /^\/application\/o\/([\w-]+)\/(?:\.well-known\/openid-configuration|jwks\/)$/;

interface Needs {
  readonly issuers: Issuers;
  readonly originOf: OriginOfRequest;
  readonly metrics: Metrics;
}

export class MetadataEndpoint {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers the request and returns true, or leaves it untouched for the application. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, url = '', headers } = request;
    const slug = method === 'GET' && !headers['if-none-match'] ? ADDRESS.exec(url)?.[1] : undefined;
    if (slug === undefined) return false;
    const { issuers, originOf, metrics } = this.#needs;
    const isKeySet = url.endsWith('/jwks/');
    const ready = issuers.recall(originOf(request), slug)?.metadata.ready(isKeySet ? url : DISCOVERY);
    if (!ready) return false;
    response.writeHead(200, ready.headers).end(ready.body);
    metrics.recordRequest('GET', isKeySet ? 'jwks' : 'discovery', 200, 0);
    return true;
  }
}
