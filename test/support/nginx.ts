// Debian's nginx before one application, with `auth_request`, as authentik's documentation has it and people copied it.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './free-port.ts';
import { startServerProcess } from './server-process.ts';

const NGINX = '/usr/sbin/nginx';

export const hasNginx: boolean = existsSync(NGINX);

export interface Behind {
  /** Origins of Gatelodge and of the application, as the proxy reaches them. */
  readonly gatelodge: string;
  readonly application: string;
}

/** One configuration: what goes into the http block, the server block, and the protected location. */
export interface NginxLayout {
  readonly http?: string;
  readonly server: string;
  readonly location: string;
}

/** Starts nginx for every host name; resolves with where it listens. */
export async function startNginx(
  { application }: Behind,
  layout: NginxLayout,
): Promise<{ origin: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatelodge-nginx-'));
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const file = path.join(directory, 'nginx.conf');
  await writeFile(file, configuration(directory, port, application, layout));
  const args = ['-e', path.join(directory, 'error.log'), '-c', file, '-g', 'daemon off;'];
  const nginx = await startServerProcess(NGINX, args, () => fetch(`${origin}/nginx-is-up`), {});
  return {
    origin,
    async stop() {
      await nginx.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(directory: string, port: number, application: string, layout: NginxLayout): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log info;
include /etc/nginx/modules-enabled/*.conf;
events { worker_connections 256; }
http {
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${directory}/${name};`).join('\n')}
${layout.http ?? ''}
  server {
    listen 127.0.0.1:${port} default_server;
    server_name _;
    proxy_buffers 8 16k;
    proxy_buffer_size 32k;
    port_in_redirect off;
    location = /nginx-is-up { return 204; }
${layout.server}
    location / {
      proxy_pass ${application};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $host;
${layout.location}
    }
  }
}
`;
}

const TOLD = ['username', 'groups', 'entitlements', 'email', 'name', 'uid'];

/** What authentik's documentation has: one location, and an unescaped address in `rd`. */
export function classicLayout({ gatelodge }: Behind, rd = '$request_uri'): NginxLayout {
  return {
    server: `
    location /outpost.goauthentik.io {
      proxy_pass ${gatelodge}/outpost.goauthentik.io;
      proxy_set_header Host $host;
      proxy_set_header X-Original-URL $scheme://$http_host$request_uri;
      add_header Set-Cookie $auth_cookie;
      auth_request_set $auth_cookie $upstream_http_set_cookie;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
    location @goauthentik_proxy_signin {
      internal;
      add_header Set-Cookie $auth_cookie;
      return 302 /outpost.goauthentik.io/start?rd=${rd};
    }`,
    location: `
      auth_request /outpost.goauthentik.io/auth/nginx;
      error_page 401 = @goauthentik_proxy_signin;
      auth_request_set $auth_cookie $upstream_http_set_cookie;
      add_header Set-Cookie $auth_cookie;
${toldHeaders()}`,
  };
}

function toldHeaders(): string {
  return TOLD.map(
    (name) => `      auth_request_set $authentik_${name} $upstream_http_x_authentik_${name};
      proxy_set_header X-authentik-${name} $authentik_${name};`,
  ).join('\n');
}
