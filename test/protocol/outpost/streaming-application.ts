// An application that streams: events one by one, uploads that it counts, WebSockets that it echoes; everything else is
// echoed as JSON (echo-application.ts). It can speak TLS, with a certificate that nobody has signed unless one is given.
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Certificate, selfSigned } from '../../support/certificate.ts';

export interface StreamingApplication {
  readonly origin: string;
  /** Answers whose browser went away before their end. */
  readonly abandoned: () => number;
  /** Ends the answers of `/held`. */
  release(): void;
  stop(): Promise<void>;
}

export async function startStreamingApplication(
  scheme: 'http' | 'https' = 'http',
  certificate: Certificate = selfSigned('IP:127.0.0.1'),
): Promise<StreamingApplication> {
  let abandoned = 0;
  const held: ServerResponse[] = [];
  const hold: Page = (_request, response) => {
    response.write('not yet, ');
    held.push(response);
  };
  const answer: RequestListener = (request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) abandoned += 1;
    });
    // What lies below `/open/` is as it is elsewhere.
    const [page = '/'] = (request.url ?? '/').replace(/^\/open\//, '/').split('?', 1);
    const pages: typeof PAGES = { ...PAGES, '/held': hold };
    (pages[page] ?? echo)(request, response);
  };
  const server = scheme === 'https' ? https.createServer(certificate, answer) : http.createServer(answer);
  const sockets = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    if (request.url === '/events') {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
      return;
    }
    if (!request.url?.startsWith('/socket')) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    const told = request.headers['x-authentik-username'] ?? '';
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Told: ${told}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    abandoned: () => abandoned,
    release() {
      for (const response of held.splice(0)) response.end('now');
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Page = (request: IncomingMessage, response: ServerResponse) => void;

const PAGES: Readonly<Record<string, Page | undefined>> = {
  '/events': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    const timer = setInterval(() => response.write(`data: ${Date.now()}\n\n`), 200);
    response.once('close', () => clearInterval(timer));
  },
  /** Reads, and says nothing. */
  '/swallow': (request) => {
    request.resume();
  },
  '/upload': async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    response.end(String(bytes));
  },
  /** More than anybody keeps in memory; as fast as it is taken. */
  '/endless': (_request, response) => {
    const block = Buffer.alloc(64 * 1024);
    const pump = () => {
      while (!response.destroyed && response.write(block));
    };
    response.on('drain', pump);
    pump();
  },
  '/half': (_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    setTimeout(() => response.destroy(), 50);
  },
  '/odd-headers': (_request, response) => {
    response.writeHead(200, [
      ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Name', Buffer.from('Grüße').toString('latin1')],
      ...['Connection', 'X-Hop, keep-alive', 'X-Hop', '1', 'Keep-Alive', 'timeout=77'],
    ]);
    response.end('ok');
  },
};

const echo: Page = ({ method, url, rawHeaders: raw }, response) => {
  const headers = raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers }));
};
