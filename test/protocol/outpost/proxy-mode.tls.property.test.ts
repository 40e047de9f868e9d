// With whom proxy mode speaks TLS: an application whose certificate an authority that we trust has signed, for the name
// that is connected to. What the browser calls the application has no say in it.
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Authority, type Certificate, createAuthority, selfSigned } from '../../support/certificate.ts';
import { type Gate, openGate } from './gate.ts';
import { sendRaw, statusOf } from './raw-request.ts';
import { type StreamingApplication, startStreamingApplication } from './streaming-application.ts';

const UPGRADE = [
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: x'],
];

let authority: Authority;
let stranger: Authority;
let gate: Gate;
const applications: StreamingApplication[] = [];

beforeAll(async () => {
  authority = createAuthority();
  stranger = createAuthority();
  gate = await openGate(undefined, { GATELODGE_EXTRA_CA: authority.file });
  const ours = (name: string) => authority.sign(name);
  await protect('address', ours('IP:127.0.0.1'), '127.0.0.1');
  await protect('name', ours('DNS:localhost'), 'localhost');
  await protect('another', ours('DNS:another.home.test'), '127.0.0.1');
  await protect('outside', ours('DNS:outside.home.test'), '127.0.0.1');
  await protect('stranger', stranger.sign('IP:127.0.0.1'), '127.0.0.1');
  await protect('own', selfSigned('IP:127.0.0.1'), '127.0.0.1');
});
afterAll(async () => {
  await gate?.gatelodge.stop();
  await Promise.all(applications.map((application) => application.stop()));
  authority?.remove();
  stranger?.remove();
});

/** The application twice: at `https://<slug>.home.test`, and unchecked at `https://<slug>-unchecked.home.test`. */
async function protect(slug: string, certificate: Certificate, name: string): Promise<void> {
  const application = await startStreamingApplication('https', certificate);
  applications.push(application);
  const internalHost = `https://${name}:${new URL(application.origin).port}`;
  const provider = { mode: 'proxy', internal_host: internalHost, skip_path_regex: '^/' };
  await gate.protect({ slug, externalHost: `http://${slug}.home.test`, provider });
  await gate.protect({
    slug: `${slug}-unchecked`,
    externalHost: `http://${slug}-unchecked.home.test`,
    provider: { ...provider, internal_host_ssl_validation: false },
  });
}

describe('an application that speaks TLS', () => {
  it.each([
    ['address', 200, 101, 'a certificate for its address'],
    ['name', 200, 101, 'a certificate for its name'],
    ['another', 502, 502, 'a certificate for another name'],
    ['outside', 502, 502, 'a certificate for the name that the browser uses'],
    ['stranger', 502, 502, 'a certificate of an authority that nobody has named to us'],
    ['own', 502, 502, 'a certificate that nobody has signed'],
  ])('%s: answered with %i, as a WebSocket with %i, with %s', async (slug, status, upgraded) => {
    const lines = ['GET / HTTP/1.1', `Host: ${slug}.home.test`];
    expect((await sendRaw(gate.origin, lines)).status).toBe(status);
    const socket = ['GET /socket HTTP/1.1', `Host: ${slug}.home.test`, ...UPGRADE];
    expect(await statusOf(gate.origin, socket)).toBe(upgraded);
  });

  it.each(['address', 'name', 'another', 'stranger', 'own'])(
    'is believed where that is switched off: %s',
    async (slug) => {
      const host = `Host: ${slug}-unchecked.home.test`;
      expect((await sendRaw(gate.origin, ['GET / HTTP/1.1', host])).status).toBe(200);
      expect(await statusOf(gate.origin, ['GET /socket HTTP/1.1', host, ...UPGRADE])).toBe(101);
    },
  );

  it('is not checked any less for having been believed at another application', async () => {
    const [unchecked, checked] = ['own-unchecked', 'own'].map((slug) => `Host: ${slug}.home.test`);
    expect((await sendRaw(gate.origin, ['GET / HTTP/1.1', unchecked ?? ''])).status).toBe(200);
    expect((await sendRaw(gate.origin, ['GET / HTTP/1.1', checked ?? ''])).status).toBe(502);
  });

  it('is asked for in TLS, and never in the clear', async () => {
    const heard: Buffer[] = [];
    const server = net.createServer((socket) => socket.on('data', (chunk) => heard.push(chunk)).end());
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as net.AddressInfo;
    const provider = { mode: 'proxy', internal_host: `https://127.0.0.1:${port}`, skip_path_regex: '^/' };
    await gate.protect({ slug: 'clear', externalHost: 'http://clear.home.test', provider });
    expect((await sendRaw(gate.origin, ['GET /x HTTP/1.1', 'Host: clear.home.test'])).status).toBe(502);
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('HTTP/1.1');
    expect(Buffer.concat(heard)[0]).toBe(0x16);
    await new Promise((closed) => server.close(closed));
  });
});
