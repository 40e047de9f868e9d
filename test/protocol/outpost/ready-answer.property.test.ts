// Answers that are put together beforehand say what node:http would have said, in every kind of connection, and no value
// of theirs can end a line: they go past what node:http checks at each answer.
import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReadyAnswer } from '../../../src/protocol/outpost/ready-answer.ts';

const UTF8 = Buffer.from('Zoë Žižek', 'utf8').toString('latin1');
const ANSWERS: Readonly<Record<string, readonly [status: number, headers: readonly string[]]>> = {
  full: [
    200,
    ['X-authentik-username', 'anna', 'X-authentik-name', UTF8, 'X-authentik-jwt', 'e'.repeat(5000)],
  ],
  empty: [200, ['X-authentik-username', '', 'Authorization', '']],
  bare: [401, []],
  refused: [403, ['X-Gatelodge-Reason', 'You are not among those who may open this application.']],
};
const ready = new Map(Object.entries(ANSWERS).map(([name, given]) => [name, new ReadyAnswer(...given)]));

let server: http.Server;

beforeAll(async () => {
  const answer: http.RequestListener = ({ url = '' }, response) => {
    const [, way, name = ''] = url.split('/');
    if (way === 'ready') ready.get(name)?.send(response);
    else sendPlainly(response, name);
  };
  server = http.createServer(answer).on('checkContinue', answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

function sendPlainly(response: ServerResponse, name: string): void {
  const [status = 500, headers = []] = ANSWERS[name] ?? [];
  response.writeHead(status, [...headers, 'Content-Length', '0']).end();
}

/** What is answered to the requests, written at once; the connection is closed by whoever has to. */
async function ask(...requests: readonly string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const socket = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    const answered = Buffer.concat(chunks).toString('latin1').split('\r\n\r\n').length - 1;
    if (answered === requests.length) socket.end();
  });
  socket.write(requests.join(''));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** Without what two answers may differ in: the order of their headers, and the second. */
function plain(answers: string): string[][] {
  const lines = answers
    .split('\r\n\r\n')
    .map((head) => head.split('\r\n').map((line) => line.replace(/^Date: .*GMT$/, 'Date')));
  return lines.map(([status = '', ...headers]) => [status, ...headers.toSorted()]);
}

// biome-ignore format: a table
const CONNECTIONS: readonly (readonly [title: string, request: (path: string) => string])[] = [
  ['is kept',                        (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['is kept, asked by HEAD',         (path) => `HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['is kept, with a body',           (path) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody`],
  ['waits for leave to send a body', (path) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`],
  ['is to be closed',                (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
  ['is of HTTP/1.0',                 (path) => `GET ${path} HTTP/1.0\r\nHost: a\r\n\r\n`],
  ['is of HTTP/1.0, and kept',       (path) => `GET ${path} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`],
];

describe.each(CONNECTIONS)('on a connection that %s, a ready answer', (_title, request) => {
  it.each(Object.keys(ANSWERS))('says what node:http says: %s', async (name) => {
    const expected = await ask(request(`/plain/${name}`));
    expect(plain(await ask(request(`/ready/${name}`)))).toEqual(plain(expected));
    expect(plain(expected)[0]?.[0]).toBe(
      `HTTP/1.1 ${ANSWERS[name]?.[0]} ${http.STATUS_CODES[ANSWERS[name]?.[0] ?? 0]}`,
    );
  });
});

describe('a ready answer', () => {
  it('stands in the order of the requests', async () => {
    const names = ['full', 'bare', 'refused', 'empty'];
    const requests = (way: string) => names.map((name) => `GET /${way}/${name} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(plain(await ask(...requests('ready')))).toEqual(plain(await ask(...requests('plain'))));
  });

  it('is sent by this Node as it was put together', async () => {
    // Among the answers of this suite only they begin with what node:http has written.
    const [, first] = (await ask('GET /ready/full HTTP/1.1\r\nHost: a\r\n\r\n')).split('\r\n');
    expect(first).toBe('Content-Length: 0');
  });

  it('says the date of the day that it is given on', async () => {
    const dates = [];
    for (const after of [0, 1100]) {
      await new Promise((resolve) => setTimeout(resolve, after));
      const answer = await ask('GET /ready/full HTTP/1.1\r\nHost: a\r\n\r\n');
      const date = Date.parse(/^Date: (.*)\r$/m.exec(answer)?.[1] ?? '');
      expect(Math.abs(Date.now() - date)).toBeLessThan(10_000);
      dates.push(date);
    }
    expect(dates[1]).toBeGreaterThan(dates[0] ?? Number.NaN);
  });

  it.each([
    ['a value with a line of its own', ['X-Name', 'anna\r\nX-authentik-username: root']],
    ['a value with a newline', ['X-Name', 'anna\nX-authentik-username: root']],
    ['a value with a zero', ['X-Name', 'anna\0']],
    ['a value of wide characters', ['X-Name', 'Žižek']],
    ['a name with a colon', ['X-Name: x', 'anna']],
    ['a name with a newline', ['X-Name\r\nX', 'anna']],
    ['no name', ['', 'anna']],
  ])('does not come to be with %s', (_title, headers) => {
    const { res } = fakeRequest();
    expect(() => new ReadyAnswer(200, headers).send(res)).toThrow(/Invalid character|valid HTTP token/);
    expect(res.headersSent).toBe(false);
  });
});

function fakeRequest() {
  const req = new http.IncomingMessage(new net.Socket());
  return { req, res: new http.ServerResponse(req) };
}
