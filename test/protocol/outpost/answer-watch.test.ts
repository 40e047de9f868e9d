// Answers over real sockets, watched by a judge who counts how often he is asked.
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AnswerWatch } from '../../../src/protocol/outpost/proxy-mode/answer-watch.ts';
import { LastingPassages } from '../../../src/protocol/outpost/proxy-mode/lasting-passages.ts';
import type { Passage } from '../../../src/protocol/outpost/proxy-mode/passage.ts';

/** After this an answer is none of the short ones any more. */
const A_WHILE_MS = 1300;

let server: http.Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** What has been asked of the server, and has not been answered. */
async function receive(): Promise<{ passage: Passage; socket: net.Socket; response: ServerResponse }> {
  server = http.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  return { passage: { request, response } as Passage, socket, response };
}

function judge() {
  let asked = 0;
  const passages = new LastingPassages(async () => {
    asked += 1;
    return { session: undefined, until: Number.POSITIVE_INFINITY };
  });
  return { passages, asked: () => asked };
}

describe('an answer', () => {
  it('is judged again once it has taken a while, and no more when it has ended', async () => {
    const { passage, response } = await receive();
    const { passages, asked } = judge();
    new AnswerWatch(passages, passage);
    await sleep(A_WHILE_MS);
    expect(asked()).toBe(1);
    await passages.recheck();
    expect(asked()).toBe(2);
    response.end('done');
    await once(response, 'close');
    await passages.recheck();
    expect(asked()).toBe(2);
  });

  it.each(['before it was watched', 'while it was a short one'])(
    'is forgotten when the browser has gone %s',
    async (when) => {
      const { passage, socket, response } = await receive();
      const { passages, asked } = judge();
      const isLate = when === 'before it was watched';
      const closed = once(response, 'close');
      if (!isLate) new AnswerWatch(passages, passage);
      socket.destroy();
      await closed;
      const watch = isLate ? new AnswerWatch(passages, passage) : undefined;
      watch?.noteType('text/event-stream');
      await sleep(A_WHILE_MS);
      await passages.recheck();
      expect(asked()).toBe(0);
    },
  );

  it.each([
    ['text/event-stream', true],
    ['Text/Event-Stream; charset=utf-8', true],
    ['text/event-streams', false],
    ['text/html', false],
  ])('of the type %s is among those at once: %s', async (type, isAmongThem) => {
    const { passage, response } = await receive();
    const { passages, asked } = judge();
    new AnswerWatch(passages, passage).noteType(type);
    await passages.recheck();
    expect(asked() > 0).toBe(isAmongThem);
    response.end();
    await once(response, 'close');
  });
});
