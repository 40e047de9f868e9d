// Answers that were read a moment ago, for what every token request asks and nearly never changes. Whoever keeps some
// drops them when it hears of a change; they are believed for seconds only, and not at all while changes are not heard.
// Bounded by two generations: what is not asked for within one is forgotten, without a list to keep in order.
import type { Changes } from './changes.ts';

const BELIEVED_SECONDS = 10;

interface Entry<Answer> {
  readonly answer: Answer;
  readonly readAt: number;
}

export class Recent<Answer> {
  readonly #changes: Changes;
  readonly #capacity: number;
  #young = new Map<string, Entry<Answer>>();
  #old = new Map<string, Entry<Answer>>();
  /** Counts drops: what was read before one may be what was true before the change. */
  #epoch = 0;

  constructor(changes: Changes, capacity: number) {
    this.#changes = changes;
    this.#capacity = capacity;
    changes.onInterruption(() => this.clear());
  }

  /** The answer to `key`, from memory or by `read`; what is not there (undefined) is asked for every time. */
  async find(key: string, read: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    const now = Date.now();
    const entry = this.#young.get(key) ?? this.#old.get(key);
    const isBelieved = entry && now - entry.readAt < BELIEVED_SECONDS * 1000 && this.#changes.isConnected;
    if (isBelieved) return entry.answer;
    const epoch = this.#epoch;
    const answer = await read();
    if (epoch === this.#epoch && answer !== undefined) this.#keep(key, { answer, readAt: now });
    return answer;
  }

  /** Keeps what was just written. */
  put(key: string, answer: Answer): void {
    this.#keep(key, { answer, readAt: Date.now() });
  }

  drop(key: string): void {
    this.#epoch += 1;
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Drops the answers for which `test` is true. */
  dropWhere(test: (answer: Answer) => boolean): void {
    this.#epoch += 1;
    for (const generation of [this.#young, this.#old]) {
      for (const [key, { answer }] of generation) if (test(answer)) generation.delete(key);
    }
  }

  clear(): void {
    this.#epoch += 1;
    this.#young = new Map();
    this.#old = new Map();
  }

  #keep(key: string, entry: Entry<Answer>): void {
    if (this.#young.size >= this.#capacity / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
  }
}
