// Writes the outpost's pages without Koa: they answer on applications' hosts, and a proxy may pass them on.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Page } from '../../platform/view/page.ts';
import type { Texts, Translate } from '../../platform/view/texts.ts';
import type { View } from '../../platform/view/view.ts';

interface Needs {
  readonly view: View;
  readonly texts: Texts;
}

/** What a program is told instead of a page. */
export interface Refusal {
  readonly error: string;
  readonly status: number;
}

export class PageWriter {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Texts in the language of the request. */
  textsFor({ headers }: IncomingMessage): Translate {
    const { texts } = this.#needs;
    return texts.for(texts.choose(headers['accept-language']));
  }

  /** The page for people, JSON for programs. `origin` is where the page's stylesheet may come from. */
  write(request: IncomingMessage, response: ServerResponse, page: Page, error: string, origin: string): void {
    const { accept = '' } = request.headers;
    if (!accept.includes('text/html')) {
      this.refuse(response, { error, status: page.status ?? 200 }, page.title);
      return;
    }
    const { texts, view } = this.#needs;
    const frame = {
      ...NOBODY,
      t: this.textsFor(request),
      language: texts.choose(request.headers['accept-language']),
    };
    const html = view.render(page, { ...frame, path: request.url ?? '/', requestId: randomUUID() });
    const sources = `'self' ${origin}`.trim();
    response.writeHead(page.status ?? 200, {
      ...ALWAYS,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(html),
      'X-Frame-Options': 'DENY',
      'Content-Security-Policy': `default-src 'none'; style-src ${sources}; img-src ${sources} data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  }

  /** A refusal that a script can read. */
  refuse(response: ServerResponse, { error, status }: Refusal, detail: string): void {
    const body = JSON.stringify({ error, detail });
    response.writeHead(status, {
      ...ALWAYS,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      ...(status === 503 && { 'Retry-After': '5' }),
    });
    response.end(body);
  }
}

const ALWAYS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

const NOBODY = {
  viewer: null,
  csrf: () => {
    throw new Error('the pages of the outpost have no forms');
  },
  problem: null,
  typed: {},
  notice: null,
};
