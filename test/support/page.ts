// What a browser was answered: status, headers, and the document with its forms.
import type http from 'node:http';
import { type HTMLElement, parse } from 'node-html-parser';
import type { Browser, RequestOptions } from './browser.ts';
import { encodeForm, type Fields } from './form-encoding.ts';

/** An answer, as the person behind the browser sees it. */
export class Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly #browser: Browser;
  #document: HTMLElement | undefined;

  constructor(browser: Browser, url: URL, response: http.IncomingMessage, body: string) {
    this.#browser = browser;
    this.url = url;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.body = body;
  }

  /** Where a redirect leads; undefined when this is none. */
  get location(): URL | undefined {
    const isRedirect = this.status >= 300 && this.status < 400;
    return isRedirect && this.headers.location ? new URL(this.headers.location, this.url) : undefined;
  }

  get document(): HTMLElement {
    this.#document ??= parse(this.body);
    return this.#document;
  }

  /** The words of the first element that matches, or of the whole page, with single spaces. */
  text(selector = 'body'): string {
    const element =
      this.document.querySelector(selector) ?? (selector === 'body' ? this.document : undefined);
    if (!element) throw new Error(`No ${selector} on ${this.#describe()}`);
    return element.textContent.replace(/\s+/g, ' ').trim();
  }

  json<Value>(): Value {
    return JSON.parse(this.body) as Value;
  }

  /** The first form that matches; fails with what the page says when there is none. */
  form(selector = 'form'): Form {
    const element = this.document.querySelector(selector);
    if (!element) throw new Error(`No ${selector} on ${this.#describe()}`);
    return new Form(this.#browser, this.url, element);
  }

  /** Goes to the address of the first link that matches. */
  click(selector: string, options: RequestOptions = {}): Promise<Page> {
    const href = this.document.querySelector(selector)?.getAttribute('href');
    if (!href) throw new Error(`No link ${selector} on ${this.#describe()}`);
    return this.#browser.get(new URL(href, this.url).href, options);
  }

  /** Takes one step of a redirect, as a GET (303, or 302 as browsers read it). */
  followRedirect(): Promise<Page> {
    if (!this.location) throw new Error(`No redirect from ${this.#describe()}`);
    return this.#browser.get(this.location.href);
  }

  #describe(): string {
    return `${this.url.href} (${this.status}): ${this.text().slice(0, 1_000)}`;
  }
}

/** A form as it was served: hidden fields and defaults are submitted with what is typed. */
export class Form {
  readonly method: string;
  readonly action: URL;
  readonly #browser: Browser;
  readonly #page: URL;
  readonly #element: HTMLElement;

  constructor(browser: Browser, page: URL, element: HTMLElement) {
    this.#browser = browser;
    this.#page = page;
    this.#element = element;
    this.method = (element.getAttribute('method') ?? 'get').toUpperCase();
    this.action = new URL(element.getAttribute('action') || page.href, page);
  }

  /** What would be submitted without typing anything. */
  get fields(): Record<string, string | string[]> {
    const fields: Record<string, string[]> = {};
    for (const control of this.#element.querySelectorAll('input, textarea, select')) {
      const name = control.getAttribute('name');
      const values = name && !control.hasAttribute('disabled') ? valuesOf(control) : [];
      if (name && values.length > 0) fields[name] = [...(fields[name] ?? []), ...values];
    }
    return Object.fromEntries(
      Object.entries(fields).map(([name, values]) => [
        name,
        values.length === 1 ? (values[0] ?? '') : values,
      ]),
    );
  }

  /** Submits as a browser does, with its word on where the request comes from. */
  submit(typed: Fields = {}, options: RequestOptions = {}): Promise<Page> {
    const fields = { ...this.fields, ...typed };
    if (this.method === 'GET') {
      const url = new URL(this.action);
      url.search = encodeForm(fields);
      return this.#browser.get(url.href, options);
    }
    const headers = {
      origin: this.#page.origin,
      referer: this.#page.href,
      'sec-fetch-site': this.#page.origin === this.action.origin ? 'same-origin' : 'cross-site',
      ...options.headers,
    };
    return this.#browser.post(this.action.href, fields, { ...options, headers });
  }
}

function valuesOf(control: HTMLElement): string[] {
  if (control.tagName === 'TEXTAREA') return [control.textContent];
  if (control.tagName === 'SELECT') return selectedValues(control);
  const value = control.getAttribute('value');
  switch (control.getAttribute('type')) {
    case 'submit':
    case 'button':
    case 'reset':
    case 'file':
      return [];
    case 'checkbox':
    case 'radio':
      return control.hasAttribute('checked') ? [value ?? 'on'] : [];
    default:
      return [value ?? ''];
  }
}

function selectedValues(select: HTMLElement): string[] {
  const options = select.querySelectorAll('option');
  const selected = options.filter((option) => option.hasAttribute('selected'));
  // A menu shows its first line when none is marked; a list that takes several shows none.
  const chosen = selected.length > 0 || select.hasAttribute('multiple') ? selected : options.slice(0, 1);
  return chosen.map((option) => option.getAttribute('value') ?? option.textContent);
}
