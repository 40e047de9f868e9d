// Connections that become something else (WebSockets, RFC 9110 §7.8): both ends are joined and stay so until one of them
// ends, or until the session that opened the door does. undici drops an application's refusal to upgrade; node:http does not.
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { OutpostSession } from '../decision.ts';
import { responseHeaders } from './headers.ts';
import type { Destination, Passage } from './passage.ts';
import { serverNameOf } from './upstreams.ts';

const ANSWER_SECONDS = 60;
/** What timers take. */
const MOST_MILLISECONDS = 2 ** 31 - 1;

interface Tunnel {
  readonly session: OutpostSession | undefined;
  end(): void;
}

export class Tunnels {
  readonly #open = new Set<Tunnel>();

  /** Joins the browser and the application; `onFailure` is called while nothing has been answered. */
  start(
    passage: Passage,
    destination: Destination,
    headers: readonly string[],
    onFailure: (error: Error) => void,
  ) {
    const { request, response, session } = passage;
    const outgoing = connect(destination, request.url ?? '/', [
      ...headers,
      ...['Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? ''],
    ]);
    response.once('close', () => outgoing.destroy());
    outgoing.once('error', (error) => {
      if (!response.headersSent && !response.destroyed) onFailure(error);
    });
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, responseHeaders(answer.rawHeaders));
      pipeline(answer, response, () => undefined);
    });
    outgoing.once('upgrade', (answer, upstream: Duplex, first: Buffer) => {
      const browser = request.socket;
      response.detachSocket(browser);
      browser.write(switching(answer));
      upstream.unshift(first);
      this.#join(session, browser, upstream);
    });
    outgoing.end();
  }

  /** Ends the tunnels of sessions that are no more. */
  endWhere(test: (session: OutpostSession) => boolean): void {
    for (const tunnel of this.#open) {
      if (tunnel.session && test(tunnel.session)) tunnel.end();
    }
  }

  #join(session: OutpostSession | undefined, browser: Duplex, upstream: Duplex): void {
    const end = () => {
      browser.destroy();
      upstream.destroy();
    };
    const tunnel: Tunnel = { session, end };
    this.#open.add(tunnel);
    const leftMs = session && Math.min(Math.max(session.expiresAt - Date.now(), 0), MOST_MILLISECONDS);
    const expiry = leftMs === undefined ? undefined : setTimeout(end, leftMs).unref();
    const closed = () => {
      this.#open.delete(tunnel);
      clearTimeout(expiry);
      end();
    };
    pipeline(browser, upstream, browser, closed);
  }
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
    timeout: ANSWER_SECONDS * 1000,
    servername: serverNameOf(hostname),
    rejectUnauthorized: isVerified,
  });
  outgoing.once('timeout', () => outgoing.destroy(new Error('the application did not answer')));
  outgoing.once('upgrade', (_answer, socket) => socket.setTimeout(0).setNoDelay(true));
  return outgoing;
}

/** `Connection` and `Upgrade` are the application's word here, and belong to it. */
function switching({ rawHeaders, headers }: http.IncomingMessage): string {
  const fields = [...responseHeaders(rawHeaders), 'Connection', 'Upgrade', 'Upgrade', headers.upgrade ?? ''];
  const lines = fields.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${fields[index + 1]}`] : []));
  return ['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n');
}
