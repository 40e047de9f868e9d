// A kept HTTP/1.1 connection as a raw socket: one request at a time, answers with a Content-Length. It costs a tenth of
// node:http's client, so that a server on the other core is what is measured.
import net from 'node:net';

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

export class Connection {
  readonly #origin: URL;
  #socket: net.Socket | undefined;
  #received = '';
  #waiting: PromiseWithResolvers<Answered> | undefined;

  constructor(origin: string) {
    this.#origin = new URL(origin);
  }

  /** Sends the request and resolves to its answer; connects again after a server has closed an idle connection. */
  ask({ method, path, headers = {}, form }: Asked): Promise<Answered> {
    const body = form === undefined ? '' : new URLSearchParams(form).toString();
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.#origin.host}`];
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    if (form) lines.push('Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`);
    this.#waiting = Promise.withResolvers();
    this.#socket ??= this.#connect();
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    return this.#waiting.promise;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): net.Socket {
    const { hostname: host, port } = this.#origin;
    const socket = net.connect({ host, port: Number(port), noDelay: true });
    socket.setEncoding('latin1').on('data', (chunk: string) => this.#receive(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => {
      this.#socket = undefined;
      this.#waiting?.reject(new Error('the server closed the connection'));
    });
    return socket;
  }

  #receive(chunk: string): void {
    this.#received += chunk;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#received.length < headEnd + 4 + length) return;
    const body = this.#received.slice(headEnd + 4);
    this.#received = '';
    this.#waiting?.resolve({ status: Number(head.slice(9, 12)), body });
    this.#waiting = undefined;
  }
}
