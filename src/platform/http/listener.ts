// One address that we answer on. It listens before the application exists, so that a proxy or orchestrator hears
// "starting" instead of a refused connection, and it drains before the process ends (contract §1, "Stop").
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { ListenAddress } from '../config/listen-address.ts';
import { watchBody } from './body-watch.ts';
import { putOffContinue } from './continuation.ts';
import { isWebSocketRequest } from './web-socket.ts';

const STARTING = JSON.stringify({ error: 'gatelodge starting' });
const RETRY_AFTER_SECONDS = '5';
const SWEEP_MS = 50;
const HEADERS_SECONDS = 60;

/** Answers 503 with Retry-After until `serve` hands over the real handler; liveness is true from the first moment. */
const starting: RequestListener = (request, response) => {
  const isLiveness = request.url?.startsWith('/-/health/live') ?? false;
  response.writeHead(isLiveness ? 200 : 503, {
    'content-type': 'application/json',
    'retry-after': RETRY_AFTER_SECONDS,
  });
  response.end(isLiveness ? '{}' : STARTING);
};

export class Listener {
  readonly #server: http.Server;
  readonly #upgraded = new Set<Socket>();
  #handler: RequestListener = starting;
  #isPassedOn = (_request: IncomingMessage): boolean => false;

  /** `certificate` makes it HTTPS; an `SNICallback` in it chooses among several. */
  constructor(certificate?: SecureContextOptions & https.ServerOptions) {
    const options: http.ServerOptions = {
      requestTimeout: 0,
      headersTimeout: HEADERS_SECONDS * 1000,
      shouldUpgradeCallback: (request) => isWebSocketRequest(request) && this.#isPassedOn(request),
    };
    const dispatch: RequestListener = (request, response) => {
      watchBody(request, response);
      this.#handler(request, response);
    };
    this.#server = certificate
      ? https.createServer({ ...options, ...certificate }, dispatch)
      : http.createServer(options, dispatch);
    this.#server.on('checkContinue', (request, response) => {
      if (this.#isPassedOn(request)) putOffContinue(request);
      else response.writeContinue();
      dispatch(request, response);
    });
    this.#server.on('upgrade', (request, socket: Socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens on `address`; `[::]` falls back to `0.0.0.0` on machines without IPv6. Rejects with the system's error. */
  async listen(address: ListenAddress): Promise<void> {
    if ('path' in address) return this.#listenOnSocket(address.path);
    try {
      await this.#bind({ host: address.host, port: address.port });
    } catch (error) {
      if (address.host !== '::' || !isWithoutIpv6(error)) throw error;
      await this.#bind({ host: '0.0.0.0', port: address.port });
    }
  }

  /** The port in use, also when 0 was asked for; undefined on a Unix socket. */
  get port(): number | undefined {
    const address = this.#server.address() as AddressInfo | string | null;
    return address && typeof address === 'object' ? address.port : undefined;
  }

  /**
   * From now on requests go to `handler`. Those that it may pass on to somebody else may turn into WebSockets (elsewhere they
   * are ordinary requests), and their senders are not asked for a body before the handler asks (continuation.ts).
   */
  serve(handler: RequestListener, isPassedOn = this.#isPassedOn): void {
    this.#handler = handler;
    this.#isPassedOn = isPassedOn;
  }

  /** Stops accepting, lets requests under way finish for at most `seconds`, then closes what is left. */
  async drain(seconds: number): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    // They have no end of their own to wait for.
    for (const socket of this.#upgraded) socket.destroy();
    // A kept-alive connection falls idle when its last request is answered, and would stay open for seconds.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_MS);
    const deadline = setTimeout(() => this.#server.closeAllConnections(), seconds * 1000);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
  }

  /** node:http leaves such a connection to us: it is answered as any other, unless the handler takes it over. */
  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    if (head.length > 0) socket.unshift(head);
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => socket.end());
    this.#handler(request, response);
  }

  async #listenOnSocket(path: string): Promise<void> {
    // The file of a killed process is in the way of its successor; that of a living one must stay.
    if (!(await isAnswered(path))) await unlink(path).catch(() => undefined);
    await this.#bind({ path });
  }

  async #bind(options: { host: string; port: number } | { path: string }): Promise<void> {
    this.#server.listen(options);
    // `once` rejects when 'error' comes first.
    await once(this.#server, 'listening');
  }
}

function isWithoutIpv6(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL')
  );
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(path, () => resolve(true));
    connection.once('error', () => resolve(false));
    connection.once('close', () => connection.destroy()).end();
  });
}
