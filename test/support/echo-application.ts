// An application that knows nobody itself: it answers with what it was told about the request, as JSON.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Echo {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  /** Every header in the order and spelling in which it came; values as bytes. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface EchoApplication {
  readonly origin: string;
  readonly port: number;
  /** Addresses of all requests that have reached it, in their order. */
  readonly seen: string[];
  stop(): Promise<void>;
}

/** A lax one reads what nobody should send, as old servers do. */
export async function startEchoApplication({ isLax = false } = {}): Promise<EchoApplication> {
  const seen: string[] = [];
  const server = http.createServer({ insecureHTTPParser: isLax }, async (request, response) => {
    seen.push(request.url ?? '');
    const { rawHeaders: raw } = request;
    const headers = raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
    response.setHeader('content-type', 'application/json');
    const { method, url } = request;
    // A proxy may break off in the middle of a body.
    const body = await text(request).catch(() => undefined);
    response.end(JSON.stringify({ method, url, headers, body }));
  });
  server.on('upgrade', ({ headers, url = '' }, socket) => {
    seen.push(`${url} as ${headers.upgrade}`);
    const accepted = `Sec-WebSocket-Accept: ${answerTo(headers['sec-websocket-key'] ?? '')}`;
    const lines = ['101 Switching Protocols', `Upgrade: ${headers.upgrade}`, 'Connection: Upgrade', accepted];
    socket.end(`HTTP/1.1 ${lines.join('\r\n')}\r\n\r\n`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** RFC 6455 §4.2.2: what shows that the key was understood. HAProxy compares. */
function answerTo(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** Values of a header as the application received them; as UTF-8 text. */
export function received({ headers }: Echo, name: string): string[] {
  return headers
    .filter(([given]) => given.toLowerCase() === name.toLowerCase())
    .map(([, value]) => Buffer.from(value, 'latin1').toString('utf8'));
}
