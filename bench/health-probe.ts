// Asks a server whether it lives, every ten milliseconds, until it is told to stop; then answers with how long that took.
// A thread of sign-in-flood.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Connection } from './connection.ts';

const EVERY_MS = 10;

let isStopped = false;
parentPort?.once('message', () => {
  isStopped = true;
});

const connection = new Connection(String(workerData));
const latencies: number[] = [];
while (!isStopped) {
  const before = performance.now();
  const { status } = await connection.ask({ method: 'GET', path: '/-/health/live/' });
  if (status !== 200) throw new Error(`/-/health/live/ was answered with ${status}`);
  latencies.push(performance.now() - before);
  await sleep(EVERY_MS);
}
connection.close();
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
const slowestMs = latencies.at(-1) ?? Number.NaN;
parentPort?.postMessage({ count: latencies.length, p50Ms: at(0.5), p99Ms: at(0.99), slowestMs });
