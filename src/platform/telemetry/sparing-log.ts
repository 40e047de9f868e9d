// Lines that strangers can cause as often as they like: of each subject one a minute, and of each kind no more than some
// a minute, so that nobody can fill the log or hide anything in it. What is left out is counted.
import type { Logger } from 'pino';

const WINDOW_MS = 60_000;
const MOST_SUBJECTS = 20;

interface Window {
  readonly since: number;
  readonly subjects: Set<string>;
  leftOut: number;
}

export interface Remark {
  /** What the line says, which is also its kind. */
  readonly message: string;
  /** What it is about: the same again within a minute is not news. */
  readonly subject: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class SparingLog {
  readonly #log: Logger;
  readonly #windows = new Map<string, Window>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The first line after some were left out says how many (`leftOut`). */
  write(level: 'warn' | 'error', { message, subject, fields }: Remark, now = Date.now()): void {
    const window = this.#windows.get(message);
    const isOver = !window || now - window.since >= WINDOW_MS;
    const current = isOver ? { since: now, subjects: new Set<string>(), leftOut: 0 } : window;
    if (current.subjects.has(subject) || current.subjects.size >= MOST_SUBJECTS) {
      current.leftOut += 1;
      return;
    }
    current.subjects.add(subject);
    this.#windows.set(message, current);
    const leftOut = isOver ? (window?.leftOut ?? 0) : 0;
    this.#log[level]({ ...fields, ...(leftOut > 0 && { leftOut }) }, message);
  }
}
