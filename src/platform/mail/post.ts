// The post office: takes letters, and sends them in the reader's language with links to the configured address. What
// goes out by itself goes later, so that no answer waits for a mail server, or tells by its time whether there was one
// to write to. Links never lead to where a request's Host header says (host header injection).
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { Unavailable } from '../problem/problem.ts';
import type { Texts } from '../view/texts.ts';
import { composeMail, type Letter } from './letter.ts';
import type { Mailer } from './mail.ts';

const CONCURRENCY = 2;
/** More than this waiting means a mail server that does not answer, or a flood. */
const LONGEST_QUEUE = 200;
const CLOSE_MILLISECONDS = 5_000;

interface Needs {
  readonly mailer: Mailer;
  readonly texts: Texts;
  readonly config: { readonly url?: string | undefined };
  readonly log: Logger;
}

export class Post {
  readonly #needs: Needs;
  readonly #limit = pLimit(CONCURRENCY);
  readonly #pending = new Set<Promise<void>>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Whether letters can be sent: there is a mail server, and an address for their links. */
  get isOpen(): boolean {
    return this.#needs.mailer.isConfigured && this.#needs.config.url !== undefined;
  }

  /** Sends the letter now; throws Unavailable when it cannot be. */
  async send(letter: Letter): Promise<void> {
    const { mailer, texts, config } = this.#needs;
    if (config.url === undefined) throw new Unavailable('Mails need GATELODGE_URL, for the links in them.');
    const language = texts.choose(letter.to.language);
    await mailer.send(composeMail(letter, texts.for(language), language, config.url));
  }

  /** Writes and sends a letter after the answer that it belongs to; undefined: there was nothing to send after all. */
  sendLater(write: () => Promise<Letter | undefined>): void {
    const { log } = this.#needs;
    if (!this.isOpen) return;
    if (this.#pending.size >= LONGEST_QUEUE) {
      log.warn('too many mails are waiting; one was not sent');
      return;
    }
    const sending = this.#limit(async () => {
      const letter = await write();
      if (letter) await this.send(letter);
    }).catch((error: unknown) => log.error({ err: error }, 'a mail was not sent'));
    this.#pending.add(sending);
    void sending.finally(() => this.#pending.delete(sending));
  }

  /** Waits for what is on its way, for a while. */
  async close(): Promise<void> {
    const stopped = new AbortController();
    const enough = sleep(CLOSE_MILLISECONDS, undefined, { signal: stopped.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#pending), enough]);
    stopped.abort();
  }
}
