// Answers Prometheus on its own port, outside the application: measuring must work when everything else does not.
import type { RequestListener } from 'node:http';

export interface MetricsSource {
  readonly contentType: string;
  /** All metrics in Prometheus' text format. */
  render(): Promise<string>;
}

const PATHS = new Set(['/metrics', '/-/metrics/', '/-/metrics']);

/** `/-/metrics/` and `/metrics` in Prometheus' text format; anything else is 404. */
export function metricsHandler(metrics: MetricsSource): RequestListener {
  return async (request, response) => {
    if (!PATHS.has(request.url ?? '')) {
      response.writeHead(404).end();
      return;
    }
    try {
      const body = await metrics.render();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(body);
    } catch {
      // A gauge asks a store that may be down.
      response.writeHead(503).end();
    }
  };
}
