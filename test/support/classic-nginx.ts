// nginx before one application, with `auth_request`, as authentik's documentation has it and people copied it.
import type { Front } from './front.ts';
import { startNginx } from './nginx.ts';

export interface Behind {
  /** Origins of Gatelodge and of the application, as the proxy reaches them. */
  readonly gatelodge: string;
  readonly application: string;
}

/** What goes into the server block, and into the protected location. */
interface Layout {
  readonly server: string;
  readonly location: string;
}

/** Starts it for every host name; `rd` is how the address is named to the sign-in. */
export function startClassicNginx(behind: Behind, rd?: string): Promise<Front> {
  const { server, location } = classicLayout(behind, rd);
  return startNginx(({ port }) => ({
    sites: `
  server {
    listen 127.0.0.1:${port} default_server;
    server_name _;
    proxy_buffers 8 16k;
    proxy_buffer_size 32k;
    port_in_redirect off;
${server}
    location / {
      proxy_pass ${behind.application};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $host;
${location}
    }
  }`,
  }));
}

const TOLD = ['username', 'groups', 'entitlements', 'email', 'name', 'uid'];

/** What authentik's documentation has: one location, and an unescaped address in `rd`. */
function classicLayout({ gatelodge }: Behind, rd = '$request_uri'): Layout {
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
