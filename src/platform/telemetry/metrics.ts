// What Prometheus reads at /-/metrics/. Labels hold route patterns and verdicts, never names of people or addresses:
// the number of series stays bounded, and the page gives nobody away.
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const REQUEST_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of one server; tests make many in one process, so nothing is global. */
export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: 'gatelodge_http_request_duration_seconds',
    help: 'Time to answer a request, by method, route pattern and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS_SECONDS,
    registers: [this.#registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Counts and times an answered request; `route` is the pattern (`/application/o/:slug/jwks/`), never the path. */
  recordRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  /** A number that is read whenever somebody asks, for example the password hashes that wait. */
  addGauge(name: `gatelodge_${string}`, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read());
      },
    });
  }

  /** Numbers that only grow, by label, and are read whenever somebody asks: for paths too hot to count here. */
  addTally(
    name: `gatelodge_${string}_total`,
    help: string,
    label: string,
    read: () => Readonly<Record<string, number>>,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  /** All metrics in Prometheus' text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }
  /** Lets the primary process read them (WorkerMetrics). */
  shareWithPrimary(): void {
    AggregatorRegistry.setRegistries([this.#registry]);
    new AggregatorRegistry();
  }
}

/** The metrics of all workers, added up by the primary process. */
export class WorkerMetrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new AggregatorRegistry();

  render(): Promise<string> {
    return this.#registry.clusterMetrics();
  }
}
