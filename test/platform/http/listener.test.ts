import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { findCertificates } from '../../../src/platform/http/certificates.ts';
import { Listener } from '../../../src/platform/http/listener.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const opened: Listener[] = [];
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-listener-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.drain(0)));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('a listener', () => {
  it('says that it is starting until it is told who answers, and that it lives', async () => {
    const listener = await listen();
    expect(await fetchStatus(listener, '/')).toEqual({ status: 503, retryAfter: '5' });
    expect(await fetchStatus(listener, '/-/health/live/')).toMatchObject({ status: 200 });
    listener.serve((_request, response) => response.writeHead(204).end());
    expect(await fetchStatus(listener, '/')).toEqual({ status: 204, retryAfter: null });
  });

  it('rejects an address that is taken', async () => {
    const { port = 0 } = await listen();
    await expect(new Listener().listen({ ...LOOPBACK, port })).rejects.toThrow('EADDRINUSE');
  });

  it('lets a request under way finish, and accepts no other', async () => {
    const listener = await listen();
    listener.serve(async (_request, response) => {
      await sleep(200);
      response.end('finished');
    });
    const underWay = fetch(urlOf(listener)).then((response) => response.text());
    await sleep(50);
    const url = urlOf(listener);
    const drained = listener.drain(5);
    await expect(fetch(url)).rejects.toThrow();
    expect(await underWay).toBe('finished');
    await drained;
  });

  it('cuts off what has not finished at the deadline', async () => {
    const listener = await listen();
    listener.serve(() => undefined);
    const hanging = fetch(urlOf(listener));
    hanging.catch(() => undefined);
    await sleep(50);
    await listener.drain(0.1);
    await expect(hanging).rejects.toThrow();
  });
});

describe('a listener on a Unix socket', () => {
  it('takes the place of a process that was killed, and not of one that lives', async () => {
    const socketPath = path.join(directory, 'gate.sock');
    writeFileSync(socketPath, '');
    const listener = await listen({ path: socketPath });
    listener.serve((_request, response) => response.end('here'));
    await expect(new Listener().listen({ path: socketPath })).rejects.toThrow('EADDRINUSE');
    expect(await readFrom({ socketPath })).toBe('here');
  });
});

describe('findCertificates', () => {
  it('finds nothing where there is nothing', async () => {
    expect(await findCertificates(path.join(directory, 'nowhere'))).toBeUndefined();
  });

  it('presents the certificate that is made out for the host, from pairs and from certbot folders', async () => {
    const folder = path.join(directory, 'certs');
    makeCertificate(folder, 'home.pem', 'home.key', 'auth.home.test');
    makeCertificate(path.join(folder, 'live/out.test'), 'fullchain.pem', 'privkey.pem', '*.out.test');
    writeFileSync(path.join(folder, 'alone.pem'), 'a chain without a key');
    const listener = await listen(LOOPBACK, await findCertificates(folder));
    listener.serve((_request, response) => response.end());
    expect(await namePresented(listener, 'auth.home.test')).toBe('auth.home.test');
    expect(await namePresented(listener, 'auth.out.test')).toBe('*.out.test');
    expect(await namePresented(listener, 'elsewhere.test')).toBe('auth.home.test');
  });

  it('names the pair that cannot be used', async () => {
    const folder = path.join(directory, 'broken');
    makeCertificate(folder, 'home.pem', 'home.key', 'home.test');
    makeCertificate(folder, 'other.pem', 'home.key', 'other.test');
    await expect(findCertificates(folder)).rejects.toThrow(/home\.pem.*cannot be used together/);
  });
});

async function listen(
  address: Parameters<Listener['listen']>[0] = LOOPBACK,
  certificate?: ConstructorParameters<typeof Listener>[0],
): Promise<Listener> {
  const listener = new Listener(certificate);
  await listener.listen(address);
  opened.push(listener);
  return listener;
}

const urlOf = ({ port }: Listener) => `http://127.0.0.1:${port}/`;

async function fetchStatus(listener: Listener, where: string) {
  const { status, headers } = await fetch(new URL(where, urlOf(listener)));
  return { status, retryAfter: headers.get('retry-after') };
}

function readFrom(options: http.RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    http.get({ ...options, agent: false }, (response) => resolve(text(response))).on('error', reject);
  });
}

function makeCertificate(folder: string, chain: string, key: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  const files = ['-out', path.join(folder, chain), '-keyout', path.join(folder, key)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' });
}

function namePresented({ port }: Listener, servername: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, servername, rejectUnauthorized: false, agent: false } as const;
    https
      .get(options, ({ socket }) => {
        resolve(socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined);
        socket.destroy();
      })
      .on('error', reject);
  });
}
