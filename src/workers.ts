// Several server processes on one machine (GATELODGE_WORKERS), which share the listening addresses by node:cluster. Each
// is a replica like any other; the primary serves nobody, but starts them again, stops them, and adds up their metrics.
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from './platform/config/config.ts';
import { listenForMetrics } from './platform/http/listen.ts';
import { createLog } from './platform/telemetry/log.ts';
import { WorkerMetrics } from './platform/telemetry/metrics.ts';

const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 30;
/** Whoever ran for this long was not brought down by its start. */
const STEADY_SECONDS = 60;

/** What a worker tells the primary once it serves: the address to open. */
export interface Ready {
  readonly readyAt: string;
}

/** Starts the workers one after the other and keeps them running until SIGTERM or SIGINT; false when the first start fails. */
export async function superviseWorkers(config: Config): Promise<boolean> {
  const log = createLog(config);
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort());
  process.once('SIGINT', () => stopping.abort());
  const metrics = new WorkerMetrics();
  const measuring = await listenForMetrics(config.listenMetrics, metrics, log);

  let address: string | undefined;
  // One at a time: the first prepares the database and claims the addresses.
  for (let number = 1; number <= config.workers && !stopping.signal.aborted; number += 1) {
    const worker = cluster.fork();
    address = await untilReady(worker);
    if (address === undefined) break;
    void keepRunning(worker, log, stopping.signal);
  }
  const isServing = address !== undefined;
  if (isServing) log.info({ url: address, workers: config.workers }, `Gatelodge is ready: open ${address}`);
  if (isServing && !stopping.signal.aborted) await once(stopping.signal, 'abort');
  stopping.abort();
  await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => worker && stop(worker)));
  await measuring.drain(0);
  return isServing;
}

/** Where it serves; undefined when it has ended before that, and has said why. */
async function untilReady(worker: Worker): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  worker.on('message', (message: Partial<Ready>) => {
    if (message.readyAt !== undefined) resolve(message.readyAt);
  });
  worker.once('exit', () => resolve(undefined));
  return promise;
}

/** Puts another in the place of a worker that has ended, again and again, at growing intervals while they do not last. */
async function keepRunning(first: Worker, log: Logger, signal: AbortSignal): Promise<void> {
  let pauseSeconds = FIRST_PAUSE_SECONDS;
  for (let worker = first; ; ) {
    const startedAt = Date.now();
    const [code, killedBy] = worker.isDead() ? [null, null] : await once(worker, 'exit');
    if (signal.aborted) return;
    if (Date.now() - startedAt >= STEADY_SECONDS * 1000) pauseSeconds = FIRST_PAUSE_SECONDS;
    log.error({ pid: worker.process.pid, code, signal: killedBy, pauseSeconds }, 'a worker has ended');
    const isDue = await sleep(pauseSeconds * 1000, true, { signal }).catch(() => false);
    if (!isDue) return;
    pauseSeconds = Math.min(pauseSeconds * 2, LONGEST_PAUSE_SECONDS);
    worker = cluster.fork();
    if (await untilReady(worker)) log.info({ pid: worker.process.pid }, 'a worker serves again');
  }
}

async function stop(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const ended = once(worker, 'exit');
  worker.process.kill('SIGTERM');
  await ended;
}
