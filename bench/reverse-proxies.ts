// The proxies that are measured against each other, and what stands behind both: an application that is an nginx of its own,
// and one that takes uploads.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { apiOf, createPerson } from '../test/support/api-client.ts';
import { Browser } from '../test/support/browser.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { startGatelodgeProcess } from '../test/support/gatelodge-process.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import { PINNED } from './contender.ts';
import { benchPerson } from './fixture.ts';

/** The application's `/large`. */
export const DOWNLOAD_BYTES = 100 * 1024 * 1024;
export const APP = 'http://app.bench.test';
export const UPLOADS = 'http://uploads.bench.test';
const AUTH = 'http://auth.bench.test';

/** One that runs in a process of its own. */
export interface ReverseProxy {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  readonly cookies: Readonly<Record<string, string>>;
  end(): Promise<unknown>;
}

/** An nginx with a small answer and a large file: an application that is never the bottleneck. */
export async function startApplication(directory: string): Promise<{ origin: string; end(): Promise<void> }> {
  await writeFile(path.join(directory, 'large'), '');
  await truncate(path.join(directory, 'large'), DOWNLOAD_BYTES);
  const port = await findFreePort();
  const locations = `location = /small { return 204; }\n location = /large { alias ${directory}/large; }`;
  const { end } = await startNginx(directory, 'application', port, '', locations, []);
  return { origin: `http://127.0.0.1:${port}`, end };
}

/** nginx before the application; it asks nobody. */
export async function startNginxProxy(directory: string, application: string): Promise<ReverseProxy> {
  const port = await findFreePort();
  const upstream = `upstream application { server ${new URL(application).host}; keepalive 64; }`;
  const location = `location / {
      proxy_pass http://application;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }`;
  const { pid, end } = await startNginx(directory, 'proxy', port, upstream, location, PINNED);
  return { name: 'nginx proxy_pass', origin: `http://127.0.0.1:${port}`, pid, cookies: {}, end };
}

async function startNginx(
  directory: string,
  name: string,
  port: number,
  upstream: string,
  locations: string,
  under: readonly string[],
): Promise<{ pid: number; end(): Promise<void> }> {
  const file = path.join(directory, `${name}.conf`);
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = folders.map((folder) => `${folder}_temp_path ${directory}/${name}-${folder};`).join('\n');
  await writeFile(
    file,
    `daemon off; master_process off; pid ${directory}/${name}.pid; error_log ${directory}/${name}.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; keepalive_requests 1000000;
  ${temporary}
  ${upstream}
  server { listen 127.0.0.1:${port}; ${locations} }
}`,
  );
  const [program = '', ...args] = [...under, '/usr/sbin/nginx', '-e', `${directory}/${name}.log`, '-c', file];
  const isReady = () => fetch(`http://127.0.0.1:${port}/small`);
  const server = await startServerProcess(program, args, isReady);
  return { pid: server.process.pid ?? 0, end: () => server.stop() };
}

/** An application that counts what it is sent, in this process: its memory is not what is measured. */
export async function startUploads(): Promise<{ origin: string; end(): Promise<unknown> }> {
  const server = http.createServer((request, response) => {
    request.resume().once('end', () => response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const end = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { origin: `http://127.0.0.1:${port}`, end };
}

/** Gatelodge in proxy mode before both, and the cookies of somebody who is signed in at them. */
export async function startGatelodge(
  directory: string,
  application: string,
  uploads: string,
): Promise<ReverseProxy> {
  const token = randomBytes(32).toString('base64url');
  const environment = { GATELODGE_BOOTSTRAP_TOKEN: token, GATELODGE_URL: AUTH };
  const dataDirectory = path.join(directory, 'data');
  const server = await startGatelodgeProcess({ dataDirectory, environment, under: PINNED });
  await server.untilReady();
  const api = apiOf(server.origin, token);
  await createPerson(api, { ...benchPerson, ...benchPerson.claims });
  for (const [slug, externalHost, internalHost] of [
    ['app', APP, application],
    ['uploads', UPLOADS, uploads],
  ]) {
    const provider = { name: slug, mode: 'proxy', external_host: externalHost, internal_host: internalHost };
    const { pk } = await api('POST', 'providers/proxy/', provider);
    await api('POST', 'core/applications/', { name: slug, slug, provider: pk });
  }
  const cookies = await signIn(server.origin);
  const { pid, origin } = server;
  return { name: 'Gatelodge, proxy mode', origin, pid, cookies, end: () => server.end('SIGTERM') };
}

async function signIn(origin: string): Promise<Readonly<Record<string, string>>> {
  const proxied = { [AUTH]: origin, [APP]: origin, [UPLOADS]: origin };
  const browser = new Browser({ origin: AUTH, proxied });
  const first = await browser.visit(`${APP}/small`);
  const asked = await first.form().submit({ uid_field: benchPerson.username }, { follow: true });
  await asked.form().submit({ password: benchPerson.password }, { follow: true });
  await browser.visit(`${UPLOADS}/`);
  const entries = [APP, UPLOADS].map(async (host) => [host, await browser.cookies.getCookieString(host)]);
  return Object.fromEntries(await Promise.all(entries));
}
