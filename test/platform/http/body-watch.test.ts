// Bodies that take too long, with bounds that a test can wait for: over real sockets, to a server that answers at once.
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { watchBody } from '../../../src/platform/http/body-watch.ts';

const LONG = 3600;

let server: http.Server;
let socket: net.Socket;
let sending: NodeJS.Timeout | undefined;

afterEach(() => {
  clearInterval(sending);
  socket.destroy();
  server.closeAllConnections();
  server.close();
});

async function serve(bounds: Parameters<typeof watchBody>[2], answer: RequestListener): Promise<void> {
  server = http.createServer((request, response) => {
    watchBody(request, response, bounds);
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
}

const answered = async () => String((await once(socket, 'data'))[0]);

/** Never comes to an end by itself. */
function sendForEver(): void {
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  sending = setInterval(() => socket.write('1\r\nx\r\n'), 20);
}

describe('a body', () => {
  it('that nobody wants any more is cut off after a while, and the answer has arrived', async () => {
    await serve({ stallSeconds: LONG, lingerSeconds: 0.2 }, (_request, response) => {
      response.writeHead(413, { 'content-length': 0 }).end();
    });
    sendForEver();
    expect(await answered()).toContain(' 413 ');
    await once(socket, 'close');
  });

  it('that is passed over, and read, is cut off just the same', async () => {
    await serve({ stallSeconds: LONG, lingerSeconds: 0.2 }, (request, response) => {
      request.resume();
      response.writeHead(413, { 'content-length': 0 }).end();
    });
    sendForEver();
    expect(await answered()).toContain(' 413 ');
    await once(socket, 'close');
  });

  it('that comes whole in that while leaves the connection for the next request', async () => {
    await serve({ stallSeconds: LONG, lingerSeconds: LONG }, (_request, response) => {
      response.writeHead(413, { 'content-length': 0 }).end();
    });
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx');
    expect(await answered()).toContain(' 413 ');
    socket.write('yGET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await answered()).toContain(' 413 ');
  });

  it('that stops on its way is cut off', async () => {
    await serve({ stallSeconds: 0.2, lingerSeconds: LONG }, () => undefined);
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx');
    await once(socket, 'close');
  });

  it('that has come leaves all the time in the world for the answer', async () => {
    const slow: RequestListener = (request, response) => {
      request.resume();
      setTimeout(() => response.writeHead(200, { 'content-length': 0 }).end(), 500);
    };
    await serve({ stallSeconds: 0.2, lingerSeconds: 0.2 }, slow);
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx');
    expect(await answered()).toContain(' 200 ');
  });
});
