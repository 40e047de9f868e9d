// Where expressions run: in a thread of their own, which has nothing but its little memory and a moment of time. CEL
// has neither loops nor calls to the outside, but chains such as `[x].map(a, a + a).map(a, a + a)…` double what they
// hold at each step, so a bound on the text alone bounds nothing (test/protocol/provider/expression.property.test.ts).
import { Worker } from 'node:worker_threads';
import type { Evaluation, Question } from './worker.ts';

const MEMORY_MIB = 32;
/** Of the clock, not of the processor: enough that a busy little machine leaves no honest expression out. */
const MOMENT_MS = 1000;
/** What ran out of time or memory is not tried again for this long: starting a thread costs more than running one. */
const REST_MS = 60_000;
const MAX_RESTING = 200;

export type { Evaluation } from './worker.ts';

/** Runs expressions, one after another. Its thread starts with the first one, and keeps no process alive. */
export class Sandbox {
  #thread: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #resting = new Map<string, { readonly reason: string; readonly until: number }>();

  /** The value, or why there is none; never rejects. */
  evaluate(source: string, variables: Question['variables']): Promise<Evaluation> {
    const resting = this.#resting.get(source);
    if (resting && resting.until > Date.now()) return Promise.resolve({ ok: false, reason: resting.reason });
    const evaluation = this.#last.then(() => this.#run({ source, variables }));
    this.#last = evaluation;
    return evaluation;
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  async #run(question: Question): Promise<Evaluation> {
    const thread = await this.#openThread();
    const evaluation = await answerOf(thread, question);
    if (evaluation) return evaluation;
    // Out of time or memory: whatever it was doing ends with its thread.
    if (this.#thread === thread) this.#thread = undefined;
    await thread.terminate();
    const reason = 'It took too long, or too much memory.';
    if (this.#resting.size >= MAX_RESTING) this.#resting.clear();
    this.#resting.set(question.source, { reason, until: Date.now() + REST_MS });
    return { ok: false, reason };
  }

  async #openThread(): Promise<Worker> {
    if (this.#thread) return this.#thread;
    const thread = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'expressions',
      env: {},
      // What the program was started with (a debugger, a test runner) is none of the thread's business.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB, maxYoungGenerationSizeMb: MEMORY_MIB / 4 },
    });
    this.#thread = thread;
    // Its first message says that it has read its own code; the moment of an expression counts from there.
    await new Promise((resolve) =>
      thread.once('message', resolve).once('error', resolve).once('exit', resolve),
    );
    return thread;
  }
}

/** Undefined when the thread has not answered in time, or has died of it. */
function answerOf(thread: Worker, question: Question): Promise<Evaluation | undefined> {
  return new Promise((resolve) => {
    const settle = (evaluation: Evaluation | undefined) => {
      clearTimeout(timer);
      thread.off('message', settle).off('error', fail).off('exit', fail);
      thread.unref();
      resolve(evaluation);
    };
    const fail = () => settle(undefined);
    // One more turn of the loop: while we were busy ourselves, the answer may have come.
    const timer = setTimeout(() => setImmediate(fail), MOMENT_MS);
    thread.on('message', settle).on('error', fail).on('exit', fail);
    thread.ref();
    thread.postMessage(question);
  });
}
