// An answer that is still being given, and an upload that is still being sent, do not outlive the right to them: both end
// within a second of the end of the session, as WebSockets do (tunnel.property.test.ts). What is short is left alone.
import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { updateUser } from '../../../src/identity/user/user.ts';
import { everyBackend } from '../../support/backends.ts';
import { type Gate, openGate, signIn } from './gate.ts';
import { type StreamingApplication, startStreamingApplication } from './streaming-application.ts';

const APP = 'http://app.home.test';
/** After this an answer is none of the short ones any more. */
const A_WHILE_MS = 1300;
const BOUND_MS = 1000;

everyBackend('in proxy mode', (backend) => {
  let gate: Gate;
  let application: StreamingApplication;
  let providerId: number;

  beforeAll(async () => {
    [gate, application] = await Promise.all([openGate(backend), startStreamingApplication()]);
    const provider = { mode: 'proxy', internal_host: application.origin, skip_path_regex: '^/open/' };
    ({ providerId } = await gate.protect({ slug: 'app', externalHost: APP, groups: ['media'], provider }));
  });
  afterAll(async () => {
    await gate?.gatelodge.stop();
    await application?.stop();
  });

  const deps = () => gate.gatelodge.deps;
  const bert = () => deps().db.user.findFirstOrThrow({ where: { username: 'bert' } });
  const endSessions = async () => deps().sessions.endAllOf((await bert()).id);
  const setActive = async (isActive: boolean) =>
    updateUser(deps().db, deps().changes, (await bert()).id, { isActive });
  const rename = async (name: string) => updateUser(deps().db, deps().changes, (await bert()).id, { name });

  async function cookieOfBert(): Promise<string> {
    const browser = gate.browser({ [APP]: gate.origin });
    await signIn(await browser.visit(`${APP}/`), 'bert');
    return browser.cookies.getCookieString(APP);
  }

  const ask = (path: string, cookie: string, method = 'GET'): ClientRequest => {
    const headers = { host: 'app.home.test', cookie };
    return http.request(gate.origin + path, { method, headers, agent: false });
  };

  async function answerTo(path: string, cookie: string): Promise<IncomingMessage> {
    const outgoing = ask(path, cookie).end();
    const [answer] = await once(outgoing, 'response');
    expect(answer.statusCode).toBe(200);
    return answer.on('error', () => undefined).resume();
  }

  const download = (path: string) => async (cookie: string) => answerTo(path, cookie);

  /** Sends a little all the time, and waits for an answer that does not come. */
  const upload = (path: string) => async (cookie: string) => {
    const outgoing = ask(path, cookie, 'POST').on('error', () => undefined);
    const timer = setInterval(() => outgoing.write('x'), 50);
    outgoing.once('close', () => clearInterval(timer));
    await sleep(100);
    return outgoing;
  };

  /** An application may take no notice of the wish, and answer all the same. */
  const unfulfilledWish = async (cookie: string) => {
    const socket = net.connect(Number(new URL(gate.origin).port), '127.0.0.1').on('error', () => undefined);
    const wish = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    socket.write(
      ['GET /events HTTP/1.1', 'Host: app.home.test', `Cookie: ${cookie}`, ...wish, '', ''].join('\r\n'),
    );
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    return socket.resume();
  };

  type Lasting = Duplex | IncomingMessage | ClientRequest;

  async function endsWithin(lasting: Lasting, milliseconds: number): Promise<boolean> {
    // Not by `once`: being cut off may be an error, too.
    const closed = new Promise<boolean>((resolve) => lasting.once('close', () => resolve(true)));
    return lasting.destroyed || Promise.race([closed, sleep(milliseconds, false)]);
  }

  // biome-ignore format: a table
  const KINDS: readonly (readonly [string, (cookie: string) => Promise<Lasting>, number])[] = [
    ['an event stream that has just begun',             download('/events'),  0],
    ['an event stream',                                 download('/events'),  A_WHILE_MS],
    ['an event stream on a connection with other plans', unfulfilledWish,     0],
    ['a long download',                                 download('/endless'), A_WHILE_MS],
    ['a long upload',                                   upload('/swallow'),   A_WHILE_MS],
  ];

  describe.each(KINDS)('%s', (_, begin, ageMs) => {
    it.each([
      ['the session is ended elsewhere', endSessions, async () => undefined],
      ['the person is deactivated', () => setActive(false), () => setActive(true)],
      [
        'the application is proxied no more',
        () => gate.api('PATCH', `providers/proxy/${providerId}/`, { mode: 'forward_single' }),
        () => gate.api('PATCH', `providers/proxy/${providerId}/`, { mode: 'proxy' }),
      ],
    ])('ends within a second when %s', async (__, change, undo) => {
      const lasting = await begin(await cookieOfBert());
      expect(await endsWithin(lasting, ageMs)).toBe(false);
      await change();
      const hasEnded = await endsWithin(lasting, BOUND_MS);
      lasting.destroy();
      await undo();
      await gate.settle();
      expect(hasEnded).toBe(true);
    });
  });

  it('a download whose session ends while it is still a short one ends when it is none any more', async () => {
    const answer = await answerTo('/endless', await cookieOfBert());
    await endSessions();
    expect(await endsWithin(answer, A_WHILE_MS + BOUND_MS)).toBe(true);
  });

  it('an event stream ends when the application would be told something else of the person, a transfer does not', async () => {
    const cookie = await cookieOfBert();
    const [events, file, sent] = await Promise.all([
      answerTo('/events', cookie),
      answerTo('/endless', cookie),
      upload('/swallow')(cookie),
    ]);
    await sleep(A_WHILE_MS);
    await rename('Bert Bergmann');
    expect(await endsWithin(events, BOUND_MS)).toBe(true);
    expect([file.destroyed, sent.destroyed]).toEqual([false, false]);
    await endSessions();
    expect(await endsWithin(file, BOUND_MS)).toBe(true);
    expect(await endsWithin(sent, BOUND_MS)).toBe(true);
  });

  it.each(['/open/events', '/open/endless'])('%s, open to everybody, goes on', async (path) => {
    const answer = await answerTo(path, '');
    await sleep(A_WHILE_MS);
    await endSessions();
    await setActive(false);
    await setActive(true);
    expect(await endsWithin(answer, 300)).toBe(false);
    answer.destroy();
  });

  it('the answer to the request that ended the session comes whole', async () => {
    const answer = await answerTo('/held', await cookieOfBert());
    const whole = text(answer);
    await endSessions();
    await gate.settle();
    application.release();
    expect(await whole).toBe('not yet, now');
  });
});
