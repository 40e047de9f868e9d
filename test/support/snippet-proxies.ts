// The proxies that Debian has, configured with nothing but the snippets that Gatelodge prints. What a proxy needs besides
// is here.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { applicationOf, type Front, type Fronted, type Place, render, startFront, textOf } from './front.ts';
import { startNginx } from './nginx.ts';

/** Debian's, or another one to compare with. */
const CADDY = process.env.TEST_CADDY ?? '/usr/bin/caddy';
const HAPROXY = '/usr/sbin/haproxy';

export const hasCaddy: boolean = existsSync(CADDY);
export const hasHaproxy: boolean = existsSync(HAPROXY);

/** `change` is for what is to be compared with the snippet as it is. */
export function startNginxSnippet(
  fronted: Fronted,
  change: (sites: string) => string = (sites) => sites,
): Promise<Front> {
  const file = fronted.isDirect ? 'nginx.conf' : 'site.conf';
  return startNginx((place) => ({
    sites: change(
      render('nginx', fronted, place)
        .map((parts) => textOf(parts, file))
        .join('\n'),
    ),
  }));
}

/** SWAG's own files beside ours: what every one of its sites includes. */
export function startSwagSnippet(fronted: Fronted): Promise<Front> {
  return startNginx((place) => {
    const rendered = render('swag', fronted, place);
    const [first = []] = rendered;
    return {
      sites: rendered.map((parts) => textOf(parts, 'subdomain.conf')).join('\n'),
      files: {
        'proxy.conf': SWAG_PROXY_CONF,
        'resolver.conf': '',
        'authentik-server.conf': textOf(first, 'authentik-server.conf'),
        'authentik-location.conf': textOf(first, 'authentik-location.conf'),
      },
    };
  });
}

/**
 * Nginx Proxy Manager puts the advanced configuration of a host into a server that sets these variables, and has a page for
 * hosts that nobody has registered.
 */
export function startNpmSnippet(fronted: Fronted): Promise<Front> {
  const nobodys = ({ port }: Place) => `server { listen 127.0.0.1:${port} default_server; return 404; }`;
  return startNginx((place) => ({
    sites: render('npm', fronted, place)
      .map((parts, index) => {
        const host = fronted.hosts[index] ?? '';
        const { hostname, port } = new URL(applicationOf(fronted, host));
        return `
  server {
    listen 127.0.0.1:${place.port};
    server_name ${new URL(host).hostname};
    set $forward_scheme http;
    set $server ${hostname};
    set $port ${port};
${textOf(parts, 'advanced.conf')}
  }`;
      })
      .concat(nobodys(place))
      .join('\n'),
  }));
}

export function startCaddySnippet(fronted: Fronted): Promise<Front> {
  const args = ({ directory }: Place) => [
    ...['run', '--config', path.join(directory, 'Caddyfile'), '--adapter', 'caddyfile'],
  ];
  return startFront(CADDY, args, (place) => ({
    Caddyfile: `{
  admin off
  auto_https off
  default_bind 127.0.0.1
  storage file_system ${place.directory}
  servers {
    protocols h1 h2c
  }
  log {
    level ERROR
  }
}
http://127.0.0.1:${place.port} {
  respond /front-is-up 204
}
${render('caddy', fronted, place)
  .map((parts) => textOf(parts, 'Caddyfile'))
  .join('\n')}`,
  }));
}

export function startHaproxySnippet(fronted: Fronted): Promise<Front> {
  const args = ({ directory }: Place) => ['-f', path.join(directory, 'haproxy.cfg'), '-db'];
  return startFront(HAPROXY, args, (place) => {
    const rendered = render('haproxy', fronted, place);
    const [first = []] = rendered;
    const all = (file: string) => rendered.map((parts) => textOf(parts, file)).join('\n');
    return {
      'gatelodge.lua': textOf(first, 'gatelodge.lua'),
      'haproxy.cfg': `
global
  log stderr local0 err
${textOf(first, 'global.cfg')}
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind 127.0.0.1:${place.port}
  http-request return status 204 if { path /front-is-up }
${all('frontend.cfg')}
${all('backends.cfg')}
`,
    };
  });
}

const SWAG_PROXY_CONF = `
proxy_http_version 1.1;
proxy_buffers 32 4k;
proxy_set_header Connection $http_connection;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Host $host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Host $host;
proxy_set_header X-Forwarded-Method $request_method;
proxy_set_header X-Forwarded-Port $server_port;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Server $host;
proxy_set_header X-Forwarded-Uri $request_uri;
proxy_set_header X-Original-Method $request_method;
proxy_set_header X-Original-URL $scheme://$http_host$request_uri;
proxy_set_header X-Real-IP $remote_addr;
`;
