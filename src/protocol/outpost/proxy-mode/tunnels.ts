// Connections that become something else (WebSockets, RFC 9110 §7.8): both ends are joined and stay so until one of them
// ends, or may not go on (lasting-passages.ts). undici drops an application's refusal to upgrade; node:http does not.
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { AnswerWatch } from './answer-watch.ts';
import { responseHeaders } from './headers.ts';
import type { LastingPassages } from './lasting-passages.ts';
import type { Destination, Passage } from './passage.ts';
import { serverNameOf } from './upstreams.ts';

export class Tunnels {
  readonly #passages: LastingPassages;
  readonly #answerSeconds: number;

  constructor(passages: LastingPassages, answerSeconds: number) {
    this.#passages = passages;
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
    // An application may take no notice of the wish, and answer as it does anybody.
    outgoing.once('response', (answer) => {
      new AnswerWatch(this.#passages, passage).noteType(answer.headers['content-type']);
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

  #join(passage: Passage, browser: Duplex, upstream: Duplex): void {
    const end = () => {
      browser.destroy();
      upstream.destroy();
    };
    const forget = this.#passages.watch(passage, true, end);
    pipeline(browser, upstream, browser, () => {
      forget();
      end();
    });
  }
}

/** As undici calls it, and reverse-proxy.ts knows it. */
class AnswerTimeout extends Error {
  readonly code = 'UND_ERR_HEADERS_TIMEOUT';
  override readonly message = 'the application did not answer';
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
