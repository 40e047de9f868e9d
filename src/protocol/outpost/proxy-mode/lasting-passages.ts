// What outlasts the request that it began with (WebSockets, event streams, long answers and uploads) and must not outlast
// the right to it: judged again at every change, and when the right runs out, and ended once it would be refused.
import { isDeepStrictEqual } from 'node:util';
import type { OutpostSession } from '../decision.ts';
import type { Visit } from '../dialects.ts';
import type { Stay } from '../outpost.ts';
import type { Passage } from './passage.ts';

/** What timers take. */
const MOST_MILLISECONDS = 2 ** 31 - 1;

/** How many are judged at a time. */
const AT_ONCE = 50;

/** Whether it would be let in now; undefined when not. */
export type JudgeAgain = (visit: Visit) => Promise<Stay | undefined>;

interface Lasting {
  readonly passage: Passage;
  readonly isConversation: boolean;
  readonly end: () => void;
  /** When it is to be judged again. */
  timer: NodeJS.Timeout | undefined;
}

export class LastingPassages {
  readonly #open = new Set<Lasting>();
  readonly #judgeAgain: JudgeAgain;
  #isJudging = false;
  #isStale = false;

  constructor(judgeAgain: JudgeAgain) {
    this.#judgeAgain = judgeAgain;
  }

  /**
   * Calls `end` as soon as the passage would be refused, until the answer is called. A conversation is held with somebody:
   * it ends also when the application would now be told something else of them, or another one be chosen.
   */
  watch(passage: Passage, isConversation: boolean, end: () => void): () => void {
    const lasting: Lasting = { passage, isConversation, end, timer: undefined };
    this.#open.add(lasting);
    // What it began with may have changed before it was known here.
    void this.#recheckOne(lasting);
    return () => {
      this.#open.delete(lasting);
      clearTimeout(lasting.timer);
    };
  }

  /** Ends what sessions have opened that are no more. */
  endWhere(test: (session: OutpostSession) => boolean): void {
    for (const { passage, end } of this.#open) {
      if (passage.session && test(passage.session)) end();
    }
  }

  endAll(): void {
    for (const { end } of this.#open) end();
  }

  /** Judges everything by what is true now. */
  async recheck(): Promise<void> {
    this.#isStale = true;
    if (this.#isJudging) return;
    this.#isJudging = true;
    while (this.#isStale) {
      this.#isStale = false;
      const all = [...this.#open];
      for (let from = 0; from < all.length; from += AT_ONCE) {
        await Promise.all(all.slice(from, from + AT_ONCE).map((lasting) => this.#recheckOne(lasting)));
      }
    }
    this.#isJudging = false;
  }

  /** When nobody can be asked, nobody can say that it may stay. */
  async #recheckOne(lasting: Lasting): Promise<void> {
    const stay = await this.#judgeAgain(lasting.passage).catch(() => undefined);
    if (!this.#open.has(lasting)) return;
    if (stay && mayGoOn(lasting, stay)) this.#recheckAt(lasting, stay.until);
    else lasting.end();
  }

  #recheckAt(lasting: Lasting, until: number): void {
    clearTimeout(lasting.timer);
    if (until === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.min(Math.max(until - Date.now(), 0), MOST_MILLISECONDS);
    lasting.timer = setTimeout(() => void this.#recheckOne(lasting), leftMs).unref();
  }
}

function mayGoOn({ passage, isConversation }: Lasting, { session }: Stay): boolean {
  const begun = passage.session;
  const isSame = () =>
    isDeepStrictEqual([session?.identity, session?.override], [begun?.identity, begun?.override]);
  return !isConversation || isSame();
}
