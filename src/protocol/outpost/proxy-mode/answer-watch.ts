// When an answer becomes one that is judged again (lasting-passages.ts). An event stream does with its first byte: it means
// to last. Everything else does after a second, so that the others cost one timer, and that nobody who signs out has the
// page torn that says so. A request that is still being sent, or waits for its answer, is on its way just the same.
import type { LastingPassages } from './lasting-passages.ts';
import type { Passage } from './passage.ts';

const MOMENT_MS = 1000;
const EVENT_STREAM = /^\s*text\/event-stream\s*(?:;|$)/i;

export class AnswerWatch {
  readonly #passages: LastingPassages;
  readonly #passage: Passage;
  readonly #timer: NodeJS.Timeout;
  #forget = () => {};

  /** Watches until the answer has ended in whatever way, and breaks it off when it may not go on. */
  constructor(passages: LastingPassages, passage: Passage) {
    this.#passages = passages;
    this.#passage = passage;
    this.#timer = setTimeout(() => this.#begin(false), MOMENT_MS);
    passage.response.once('close', () => this.#stop());
  }

  /** The application has begun to answer. */
  noteType(contentType: string | readonly string[] = ''): void {
    const isEventStream = [contentType].flat().some((type) => EVENT_STREAM.test(type));
    if (!isEventStream) return;
    this.#stop();
    this.#begin(true);
  }

  #begin(isConversation: boolean): void {
    const { response } = this.#passage;
    // It may have ended while it was judged, before anybody watched.
    if (response.destroyed) return;
    this.#forget = this.#passages.watch(this.#passage, isConversation, () => response.destroy());
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#forget();
  }
}
