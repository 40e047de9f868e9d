// Numbers out of runs: elapsed time, CPU time and memory of a server process, medians.
import { readdir, readFile } from 'node:fs/promises';

export interface Cost {
  readonly perSecond: number;
  /** CPU time of the server process for one request, all its threads. */
  readonly cpuMs: number;
}

/** Does the work for every item, at most `concurrency` at a time, and reports what it cost the process `pid`. */
export async function measure<Item, Result>(
  pid: number,
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<{ cost: Cost; results: Result[] }> {
  const results: Result[] = [];
  const queue = items.values();
  const cpuBefore = await cpuSeconds(pid);
  const before = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const item of queue) results.push(await work(item));
    }),
  );
  const elapsedSeconds = (performance.now() - before) / 1000;
  const usedSeconds = (await cpuSeconds(pid)) - cpuBefore;
  const cost = { perSecond: items.length / elapsedSeconds, cpuMs: (usedSeconds / items.length) * 1000 };
  return { cost, results };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Resident memory in MiB. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** CPU time that the process has used so far, all its threads, to the microsecond. */
export async function cpuSeconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const nanoseconds = threads.map(async (thread) => {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
    return Number(text.split(' ', 1)[0]);
  });
  return (await Promise.all(nanoseconds)).reduce((sum, one) => sum + one, 0) / 1e9;
}
