// Where a server spends its time while it answers one kind of request: a CPU profile through its inspector, for each
// operation its own, and the ten functions that used most of it.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const NOT_BUSY = new Set(['(idle)', '(program)', '(root)']);
const INTERVAL_MICROSECONDS = 200;
/** What is missing beyond this was spent by other processes on the same core. */
const LONGEST_MICROSECONDS = 3 * INTERVAL_MICROSECONDS;

/** The inspector of one server; samples add up over the rounds of an operation. */
export class Profiler {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: { profile?: Profile }) => void>();
  readonly #microseconds = new Map<string, Map<string, number>>();
  #asked = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data));
      this.#answers.get(id)?.(result);
    });
  }

  /** Attaches to the server that was started with `--inspect` on that port. */
  static async attach(port: number): Promise<Profiler> {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`);
    const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    const profiler = new Profiler(socket);
    await profiler.#ask('Profiler.enable');
    await profiler.#ask('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS });
    return profiler;
  }

  /** Does the work under the profiler, and counts it as that operation's. */
  async during<Result>(operation: string, work: () => Promise<Result>): Promise<Result> {
    await this.#ask('Profiler.start');
    const result = await work();
    const { profile } = await this.#ask('Profiler.stop');
    if (profile) this.#add(operation, profile);
    return result;
  }

  /** Writes the self time of every function, by operation. */
  async report(directory: string, name: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    for (const [operation, functions] of this.#microseconds) {
      const total = [...functions.values()].reduce((sum, one) => sum + one, 0);
      const lines = [...functions]
        .sort(([, one], [, other]) => other - one)
        .map(([where, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${where}`);
      const file = path.join(directory, `${name.replaceAll(/\W+/g, '-')}-${operation}.txt`);
      await writeFile(file, `${lines.join('\n')}\n`);
      console.log(`\n${name}, ${operation}, share of its busy time\n${lines.slice(0, 10).join('\n')}`);
    }
    this.#socket.close();
  }

  #add(operation: string, { nodes, samples, timeDeltas }: Profile): void {
    const functions = this.#microseconds.get(operation) ?? new Map<string, number>();
    this.#microseconds.set(operation, functions);
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    for (const [index, id] of samples.entries()) {
      const where = names.get(id) ?? '';
      if (NOT_BUSY.has(where)) continue;
      const spent = Math.min(timeDeltas[index] ?? 0, LONGEST_MICROSECONDS);
      functions.set(where, (functions.get(where) ?? 0) + spent);
    }
  }

  #ask(method: string, params: object = {}): Promise<{ profile?: Profile }> {
    this.#asked += 1;
    const { promise, resolve } = Promise.withResolvers<{ profile?: Profile }>();
    this.#answers.set(this.#asked, resolve);
    this.#socket.send(JSON.stringify({ id: this.#asked, method, params }));
    return promise;
  }
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(node_modules|src)\//, '$1/');
  const name = functionName || '(anonymous)';
  return place === '' ? name : `${name} ${place}:${lineNumber + 1}`;
}
