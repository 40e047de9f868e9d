// The yardstick of the outpost: node:http alone, answering every request with the same number and size of headers, and
// anonymous ones (no cookie) with 401. Run as a child process; the headers come as JSON in argv, its origin goes out.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const headers: string[] = JSON.parse(process.argv[2] ?? '[]');
const REFUSED = ['Content-Length', '0'];

const server = createServer((request, response) => {
  const isKnown = request.headers.cookie !== undefined;
  response.writeHead(isKnown ? 200 : 401, isKnown ? headers : REFUSED);
  response.end();
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
