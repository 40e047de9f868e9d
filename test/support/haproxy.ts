// Debian's HAProxy before one application. It asks by a Lua action (auth-request.lua), in nginx's dialect.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './free-port.ts';
import type { Behind } from './nginx.ts';
import { startServerProcess } from './server-process.ts';

const HAPROXY = '/usr/sbin/haproxy';
const SCRIPT = path.join(import.meta.dirname, 'auth-request.lua');

export const hasHaproxy: boolean = existsSync(HAPROXY);

const TOLD = ['username', 'groups', 'entitlements', 'email', 'name', 'uid'];

export async function startHaproxy(behind: Behind): Promise<{ origin: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatelodge-haproxy-'));
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const file = path.join(directory, 'haproxy.cfg');
  await writeFile(file, configuration(port, behind));
  const haproxy = await startServerProcess(
    HAPROXY,
    ['-f', file, '-db'],
    () => fetch(`${origin}/haproxy-is-up`),
    {},
  );
  return {
    origin,
    async stop() {
      await haproxy.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(port: number, { gatelodge, application }: Behind): string {
  const told = TOLD.map(
    (name) => `  http-request set-header X-authentik-${name} %[var(txn.auth_${name})] if !is_outpost`,
  );
  return `
global
  log stderr local0 err
  lua-load ${SCRIPT}
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind 127.0.0.1:${port}
  http-request return status 204 if { path /haproxy-is-up }
  acl is_outpost path_beg /outpost.goauthentik.io/
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Original-URL http://%[req.hdr(host)]%[pathq]
  http-request lua.auth-request ${new URL(gatelodge).host} if !is_outpost
${told.join('\n')}
  http-request redirect code 302 location /outpost.goauthentik.io/start?rd=%[pathq,url_enc] if !is_outpost { var(txn.auth_status) -m str 401 }
  http-request deny deny_status 403 if !is_outpost { var(txn.auth_status) -m str 403 }
  http-request deny deny_status 500 if !is_outpost !{ var(txn.auth_status) -m str 200 }
  use_backend gatelodge if is_outpost
  default_backend application
backend gatelodge
  server gatelodge ${new URL(gatelodge).host}
backend application
  server application ${new URL(application).host}
`;
}
