// Connections that become something else (WebSockets, RFC 9110 §7.8): both ends are joined and stay so until one of them
// ends, or until the door would not be opened any more, or for somebody of whom the application would now be told
// something else. undici drops an application's refusal to upgrade; node:http does not.
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { OutpostSession } from '../decision.ts';
import type { Visit } from '../dialects.ts';
import type { Stay } from '../outpost.ts';
import { responseHeaders } from './headers.ts';
import type { Destination, Passage } from './passage.ts';
import { serverNameOf } from './upstreams.ts';

/** What timers take. */
const MOST_MILLISECONDS = 2 ** 31 - 1;

/** How many are judged at a time. */
const AT_ONCE = 50;

interface Tunnel {
  readonly passage: Passage;
  /** When it is to be judged again. */
  timer: NodeJS.Timeout | undefined;
  end(): void;
}

type JudgeAgain = (visit: Visit) => Promise<Stay | undefined>;

export class Tunnels {
  readonly #open = new Set<Tunnel>();
  readonly #judgeAgain: JudgeAgain;
  readonly #answerSeconds: number;
  #isJudging = false;
  #isStale = false;

  constructor(judgeAgain: JudgeAgain, answerSeconds: number) {
    this.#judgeAgain = judgeAgain;
    this.#answerSeconds = answerSeconds;
  }

  /** Joins the browser and the application; `onFailure` is called while nothing has been answered. */
  start(
    passage: Passage,
    destination: Destination,
    headers: readonly string[],
    onFailure: (error: Error) => void,
  ) {
    const { request, response } = passage;
    const outgoing = connect(destination, request.url ?? '/', [
      ...headers,
      ...['Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? ''],
    ]);
    response.once('close', () => outgoing.destroy());
    outgoing.setTimeout(this.#answerSeconds * 1000, () => outgoing.destroy(new AnswerTimeout()));
    outgoing.once('error', (error) => {
      if (!response.headersSent && !response.destroyed) onFailure(error);
    });
    outgoing.once('response', (answer) => {
      response.writeHead(
        answer.statusCode ?? 502,
        responseHeaders(answer.rawHeaders, answer.headers.connection),
      );
      pipeline(answer, response, () => undefined);
    });
    outgoing.once('upgrade', (answer, upstream: Duplex, first: Buffer) => {
      const browser = request.socket;
      response.detachSocket(browser);
      browser.write(switching(answer));
      upstream.unshift(first);
      this.#join(passage, browser, upstream);
    });
    outgoing.end();
  }

  /** Ends the tunnels of sessions that are no more. */
  endWhere(test: (session: OutpostSession) => boolean): void {
    for (const tunnel of this.#open) {
      const { session } = tunnel.passage;
      if (session && test(session)) tunnel.end();
    }
  }

  endAll(): void {
    for (const tunnel of this.#open) tunnel.end();
  }

  /** Judges every tunnel by what is true now, and ends those that would not be opened, or not in the same name. */
  async recheck(): Promise<void> {
    this.#isStale = true;
    if (this.#isJudging) return;
    this.#isJudging = true;
    while (this.#isStale) {
      this.#isStale = false;
      const tunnels = [...this.#open];
      for (let from = 0; from < tunnels.length; from += AT_ONCE) {
        await Promise.all(tunnels.slice(from, from + AT_ONCE).map((tunnel) => this.#recheckOne(tunnel)));
      }
    }
    this.#isJudging = false;
  }

  /** When nobody can be asked, nobody can say that it may stay. */
  async #recheckOne(tunnel: Tunnel): Promise<void> {
    const stay = await this.#judgeAgain(tunnel.passage).catch(() => undefined);
    const { session } = tunnel.passage;
    if (stay && isSame(stay.session, session)) this.#recheckAt(tunnel, stay.until);
    else tunnel.end();
  }

  #recheckAt(tunnel: Tunnel, until: number): void {
    clearTimeout(tunnel.timer);
    if (!this.#open.has(tunnel) || until === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.min(Math.max(until - Date.now(), 0), MOST_MILLISECONDS);
    tunnel.timer = setTimeout(() => void this.#recheckOne(tunnel), leftMs).unref();
  }

  #join(passage: Passage, browser: Duplex, upstream: Duplex): void {
    const end = () => {
      browser.destroy();
      upstream.destroy();
    };
    const tunnel: Tunnel = { passage, timer: undefined, end };
    this.#open.add(tunnel);
    pipeline(browser, upstream, browser, () => {
      this.#open.delete(tunnel);
      clearTimeout(tunnel.timer);
      end();
    });
    // What it was opened by may have changed while the application took its time.
    void this.#recheckOne(tunnel);
  }
}

/** As undici calls it, and reverse-proxy.ts knows it. */
class AnswerTimeout extends Error {
  readonly code = 'UND_ERR_HEADERS_TIMEOUT';
  override readonly message = 'the application did not answer';
}

/** Whether the application would be told the same, and the same application be chosen. */
function isSame(one: OutpostSession | undefined, other: OutpostSession | undefined): boolean {
  return isDeepStrictEqual([one?.identity, one?.override], [other?.identity, other?.override]);
}

function connect({ url, isVerified }: Destination, path: string, headers: string[]): ClientRequest {
  const module = url.protocol === 'https:' ? https : http;
  const { hostname, port } = url;
  const outgoing = module.request({
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    path,
    headers,
    agent: false,
    servername: serverNameOf(hostname),
    rejectUnauthorized: isVerified,
  });
  outgoing.once('upgrade', (_answer, socket) => socket.setTimeout(0).setNoDelay(true));
  return outgoing;
}

/** `Connection` and `Upgrade` are the application's word here, and belong to it. */
function switching({ rawHeaders, headers }: http.IncomingMessage): string {
  const fields = [
    ...responseHeaders(rawHeaders, headers.connection),
    'Connection',
    'Upgrade',
    'Upgrade',
    headers.upgrade ?? '',
  ];
  const lines = fields.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${fields[index + 1]}`] : []));
  return ['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n');
}
