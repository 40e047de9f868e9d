// The application's answer on its way to the browser: as it comes, no faster than the browser takes it, and given up
// when the browser has gone.
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { AnswerWatch } from './answer-watch.ts';
import { responseHeaders } from './headers.ts';

type Controller = Dispatcher.DispatchController;
type Headers = Readonly<Record<string, string | string[] | undefined>>;

export class ResponseRelay implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #watch: AnswerWatch;
  readonly #onFailure: (error: Error) => void;

  /** `onFailure` is called at most once, and only while nothing has been answered. */
  constructor(response: ServerResponse, watch: AnswerWatch, onFailure: (error: Error) => void) {
    this.#response = response;
    this.#watch = watch;
    this.#onFailure = onFailure;
  }

  onRequestStart(controller: Controller): void {
    if (this.#response.destroyed) controller.abort(new Error('the browser has gone'));
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) controller.abort(new Error('the browser has gone'));
    });
  }

  onResponseStart(controller: Controller, status: number, headers: Headers, message?: string): void {
    // Hints before the answer (1xx) are for the next hop, which is us.
    if (status < 200) return;
    const response = this.#response;
    response.writeHead(
      status,
      wordsOf(message),
      responseHeaders(rawHeadersOf(controller), headers.connection),
    );
    response.on('drain', () => controller.resume());
    this.#watch.noteType(headers['content-type']);
    // With the first bytes if they are here already; at once if they are not, as with events that come one by one.
    process.nextTick(() => {
      if (!response.writableEnded) response.flushHeaders();
    });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#response.end();
  }

  onResponseError(_controller: Controller, error: Error): void {
    // Half an answer must not look like a whole one.
    if (this.#response.headersSent || this.#response.destroyed) this.#response.destroy();
    else this.#onFailure(error);
  }
}

/** What node:http can write beside a status; the words mean nothing to anybody. */
function wordsOf(message = ''): string {
  return /^[\t -~]*$/.test(message) ? message : '';
}

/** As bytes in latin1, which is how node:http writes them: no value is read as anything but itself. */
function rawHeadersOf({ rawHeaders }: Controller): string[] {
  return (Array.isArray(rawHeaders) ? rawHeaders : []).map((part) =>
    typeof part === 'string' ? part : part.toString('latin1'),
  );
}
