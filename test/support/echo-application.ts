// An application that knows nobody itself: it answers with what it was told about the request, as JSON.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Echo {
  readonly method: string;
  readonly url: string;
  /** Every header in the order and spelling in which it came; values as bytes. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface EchoApplication {
  readonly origin: string;
  readonly port: number;
  stop(): Promise<void>;
}

export async function startEchoApplication(): Promise<EchoApplication> {
  const server = http.createServer((request, response) => {
    const { rawHeaders: raw } = request;
    const headers = raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: request.method, url: request.url, headers }));
  });
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Values of a header as the application received them; as UTF-8 text. */
export function received({ headers }: Echo, name: string): string[] {
  return headers
    .filter(([given]) => given.toLowerCase() === name.toLowerCase())
    .map(([, value]) => Buffer.from(value, 'latin1').toString('utf8'));
}
