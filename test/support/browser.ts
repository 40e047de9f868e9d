// A browser without a window or scripts: keeps cookies by host, follows redirects when told to, reads forms. Hosts can
// be served from the suite's server as if a reverse proxy stood before it.
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { CookieJar } from 'tough-cookie';
import { encodeForm, type Fields } from './form-encoding.ts';
import { Page } from './page.ts';

const MOST_REDIRECTS = 20;

export interface BrowserOptions {
  /** What relative paths are resolved against at first. */
  readonly origin: string;
  /** Origins that a pretended reverse proxy serves, and where it passes them on: `{ 'https://auth.test': origin }`. */
  readonly proxied?: Readonly<Record<string, string>>;
  /** Sent with every request, for example `Accept-Language`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as a form, text as it stands. */
  readonly body?: Fields | string;
  /** Goes on to where redirects lead; otherwise the first answer is returned. */
  readonly follow?: boolean;
}

/** One person's browser: cookies stay from request to request. */
export class Browser {
  readonly cookies = new CookieJar();
  readonly #options: BrowserOptions;

  constructor(options: BrowserOptions) {
    this.#options = options;
  }

  get(url: string, options: RequestOptions = {}): Promise<Page> {
    return this.request('GET', url, options);
  }

  /** Follows redirects, as typing an address does. */
  visit(url: string, options: RequestOptions = {}): Promise<Page> {
    return this.request('GET', url, { ...options, follow: true });
  }

  post(url: string, body: RequestOptions['body'], options: RequestOptions = {}): Promise<Page> {
    return this.request('POST', url, { ...options, body: body ?? '' });
  }

  async request(method: string, url: string, options: RequestOptions = {}): Promise<Page> {
    let page = await this.#send(method, new URL(url, this.#options.origin), options);
    for (let count = 0; options.follow && page.location; count++) {
      if (count === MOST_REDIRECTS) throw new Error(`Redirects without end, at ${page.location.href}`);
      page = await page.followRedirect();
    }
    return page;
  }

  /** The value that would be sent to this URL under this name. */
  async cookie(name: string, url: string = this.#options.origin): Promise<string | undefined> {
    const cookies = await this.cookies.getCookies(url);
    return cookies.find((cookie) => cookie.key === name)?.value;
  }

  async #send(method: string, url: URL, options: RequestOptions): Promise<Page> {
    const upstream = this.#options.proxied?.[url.origin];
    const isForm = typeof options.body === 'object';
    const body = typeof options.body === 'object' ? encodeForm(options.body) : options.body;
    const cookies = await this.cookies.getCookieString(url.href);
    const headers = {
      accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
      ...(upstream ? forwardedHeaders(url) : {}),
      ...this.#options.headers,
      ...(isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...(cookies ? { cookie: cookies } : {}),
      ...options.headers,
    };
    const target = upstream ? new URL(url.pathname + url.search, upstream) : url;
    const response = await exchange(method, target, headers, body);
    for (const cookie of response.headers['set-cookie'] ?? []) {
      await this.cookies.setCookie(cookie, url.href, { ignoreError: true });
    }
    return new Page(this, url, response, await text(response));
  }
}

/** What a reverse proxy tells of the request that it passes on. */
function forwardedHeaders(url: URL): Record<string, string> {
  return {
    host: url.host,
    'x-forwarded-host': url.host,
    'x-forwarded-proto': url.protocol.slice(0, -1),
    'x-forwarded-for': '203.0.113.7',
  };
}

function exchange(
  method: string,
  url: URL,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<http.IncomingMessage> {
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    // One connection each: a kept one would outlive the server under test.
    const options = { method, headers, agent: false, rejectUnauthorized: false };
    client.request(url, options, resolve).on('error', reject).end(body);
  });
}
