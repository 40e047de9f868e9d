// A WebSocket outlives the request that opened it, and not the right to it: it ends within a second of whatever would
// keep that request out now, or have the application told something else.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setMfaDemand } from '../../../src/identity/access/mfa-demand.ts';
import { updateApplication } from '../../../src/identity/application/application.ts';
import { addUser, removeUser } from '../../../src/identity/group/membership.ts';
import { updateUser } from '../../../src/identity/user/user.ts';
import { allowGroup, type Gate, openGate, type ProtectedIds, signIn } from './gate.ts';
import { type StreamingApplication, startStreamingApplication } from './streaming-application.ts';

const APP = 'http://app.home.test';
const LONG_MS = 1000;

let gate: Gate;
let application: StreamingApplication;
let app: ProtectedIds;
let socket: net.Socket;

beforeAll(async () => {
  [gate, application] = await Promise.all([openGate(), startStreamingApplication()]);
  const provider = { mode: 'proxy', internal_host: application.origin, skip_path_regex: '^/socket/open$' };
  app = await gate.protect({ slug: 'app', externalHost: APP, groups: ['media'], provider });
});

afterAll(async () => {
  await gate?.gatelodge.stop();
  await application?.stop();
});

afterEach(() => {
  socket.destroy();
});

const deps = () => gate.gatelodge.deps;
const bert = () => deps().db.user.findFirstOrThrow({ where: { username: 'bert' } });
const group = (name: string) => deps().db.group.findFirstOrThrow({ where: { name } });

async function cookieOfBert(): Promise<string> {
  const browser = gate.browser({ [APP]: gate.origin });
  await signIn(await browser.visit(`${APP}/`), 'bert');
  return browser.cookies.getCookieString(APP);
}

async function open(cookie: string, pathname = '/socket'): Promise<void> {
  socket = net.connect(Number(new URL(gate.origin).port), '127.0.0.1');
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: x',
  ];
  const lines = [`GET ${pathname} HTTP/1.1`, 'Host: app.home.test', `Cookie: ${cookie}`, ...upgrade, '', ''];
  socket.on('error', () => undefined).write(lines.join('\r\n'));
  const [head] = await once(socket, 'data');
  expect(String(head)).toMatch(/^HTTP\/1\.1 101 /);
}

/** Whether the socket is closed before that time. */
async function endsWithin(milliseconds: number): Promise<boolean> {
  const closed = once(socket, 'close').then(() => true);
  return socket.destroyed || Promise.race([closed, sleep(milliseconds, false, { ref: false })]);
}

describe('an open WebSocket', () => {
  const demand = async (fields: Parameters<typeof updateApplication>[3]) =>
    updateApplication(deps().db, deps().changes, app.applicationId, fields);
  const provider = (fields: Record<string, unknown>) =>
    gate.api('PATCH', `providers/proxy/${app.providerId}/`, fields);

  // biome-ignore format: a table
  const ENDINGS: readonly (readonly [string, () => Promise<unknown>, () => Promise<unknown>])[] = [
    ['the session ends', async () => deps().sessions.endAllOf((await bert()).id), async () => undefined],
    ['the person is deactivated',
      async () => updateUser(deps().db, deps().changes, (await bert()).id, { isActive: false }),
      async () => updateUser(deps().db, deps().changes, (await bert()).id, { isActive: true })],
    ['the person leaves the group that may open it',
      async () => removeUser(deps().db, deps().changes, (await group('media')).id, (await bert()).id),
      async () => addUser(deps().db, deps().changes, (await group('media')).id, (await bert()).id)],
    ['the person joins a group that the application has not been told of',
      async () => addUser(deps().db, deps().changes, (await group('family')).id, (await bert()).id),
      async () => removeUser(deps().db, deps().changes, (await group('family')).id, (await bert()).id)],
    ['the rules of the application change',
      async () => { await provider({ skip_path_regex: '' }); await demand({ policyEngineMode: 'all' }); await allowGroup(gate.api, app.applicationId, 'family'); },
      async () => { await demand({ policyEngineMode: 'any' }); await provider({ skip_path_regex: '^/socket/open$' }); }],
    ['the application demands a second factor', () => demand({ mustUseMfa: true }), () => demand({ mustUseMfa: false })],
    ['everybody must use a second factor',
      () => setMfaDemand(deps().db, deps().changes, 'everybody'),
      () => setMfaDemand(deps().db, deps().changes, 'nobody')],
    ['the application is proxied no more',
      () => provider({ mode: 'forward_single' }),
      () => provider({ mode: 'proxy' })],
  ];

  it.each(ENDINGS)('ends within a second when %s', async (_, change, undo) => {
    await open(await cookieOfBert());
    expect(await endsWithin(100)).toBe(false);
    await change();
    const hasEnded = await endsWithin(LONG_MS);
    await undo();
    await gate.settle();
    expect(hasEnded).toBe(true);
  });

  it('ends when the sign-in has become older than the application allows', async () => {
    const cookie = await cookieOfBert();
    const authenticatedAt = new Date(Date.now() - 55_000);
    await deps().db.session.updateMany({ data: { authenticatedAt } });
    deps().changes.publish('user', { id: (await bert()).id });
    await demand({ maxSessionAgeSeconds: 60 });
    await gate.settle();
    await open(cookie);
    const hasEnded = await endsWithin(15_000);
    await demand({ maxSessionAgeSeconds: null });
    expect(hasEnded).toBe(true);
  });

  it('of a stranger ends when its address is open to everybody no more', async () => {
    await open('', '/socket/open');
    await provider({ skip_path_regex: '' });
    expect(await endsWithin(LONG_MS)).toBe(true);
    await provider({ skip_path_regex: '^/socket/open$' });
  });

  it('stays when something changes that does not concern it', async () => {
    await open(await cookieOfBert());
    await gate.api('POST', 'core/groups/', { name: 'strangers' });
    await demand({ description: 'new words' });
    await setMfaDemand(deps().db, deps().changes, 'administrators');
    const hasEnded = await endsWithin(500);
    await setMfaDemand(deps().db, deps().changes, 'nobody');
    expect(hasEnded).toBe(false);
    socket.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
  });
});
