// What makes each proxy send what we need: the lines of the ready configurations (snippet/), and where they stand there.
// nginx's dialect is spoken by five proxies, of which only one says its name; the others find themselves in the list.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '../dialects.ts';

export interface Remedy {
  /** The proxy, and the place in its configuration. */
  readonly where: string;
  readonly line: string;
}

const ORIGINAL_URL = 'proxy_set_header X-Original-URL $scheme://$http_host$request_uri;';
const OUTPOST_LOCATION = 'location /outpost.goauthentik.io';
const SWAG_LOCATIONS = 'SWAG: authentik-server.conf, both locations';

const SAID_BY_NGINX: readonly Remedy[] = [
  { where: `nginx: ${OUTPOST_LOCATION}`, line: ORIGINAL_URL },
  { where: `Nginx Proxy Manager: Advanced, ${OUTPOST_LOCATION}`, line: ORIGINAL_URL },
  { where: SWAG_LOCATIONS, line: 'include /config/nginx/proxy.conf;' },
  {
    where: 'HAProxy: frontend, before lua.gatelodge',
    line: 'http-request set-header X-Original-URL https://%[req.fhdr(host)]%[pathq]',
  },
];

const SAID_BY_INGRESS: readonly Remedy[] = [
  {
    where: 'ingress-nginx: annotation of the Ingress',
    line: 'nginx.ingress.kubernetes.io/auth-url: http://gatelodge.gatelodge.svc.cluster.local:9000/outpost.goauthentik.io/auth/nginx?host=$host&upgrade=$http_upgrade\n# auth-snippet: without X-Original-URL, which the controller sends itself',
  },
];

const CHOSEN_SERVER: readonly Remedy[] = [
  { where: `nginx: ${OUTPOST_LOCATION}`, line: 'proxy_set_header Host $host;' },
  { where: `Nginx Proxy Manager: Advanced, ${OUTPOST_LOCATION}`, line: 'proxy_set_header Host $host;' },
  { where: SWAG_LOCATIONS, line: 'include /config/nginx/proxy.conf;' },
];

const SAID_BY_TRAEFIK: readonly Remedy[] = [
  {
    where: 'Traefik: middleware in a file',
    line: `forwardAuth:
  address: http://gatelodge:9000/outpost.goauthentik.io/auth/traefik`,
  },
  {
    where: 'Traefik: middleware in labels',
    line: `traefik.http.middlewares.gatelodge-app.forwardauth.address: http://gatelodge:9000/outpost.goauthentik.io/auth/traefik`,
  },
];

const SAID_BY_CADDY: readonly Remedy[] = [
  {
    where: 'Caddy: site',
    line: `forward_auth gatelodge:9000 {
  uri /outpost.goauthentik.io/auth/caddy
}`,
  },
];

/** By dialect and header. */
// biome-ignore format: a table
const REMEDIES: Readonly<Record<Dialect['name'], Readonly<Record<string, readonly Remedy[]>>>> = {
  nginx: {
    'x-original-url':    SAID_BY_NGINX,
    host:                CHOSEN_SERVER,
  },
  traefik: {
    'x-forwarded-proto': SAID_BY_TRAEFIK,
    'x-forwarded-host':  SAID_BY_TRAEFIK,
    'x-forwarded-uri':   SAID_BY_TRAEFIK,
  },
  caddy: {
    'x-forwarded-proto': SAID_BY_CADDY,
    'x-forwarded-host':  SAID_BY_CADDY,
    'x-forwarded-uri':   SAID_BY_CADDY,
    host: [{ where: 'Caddy: in forward_auth', line: 'trusted_proxies 10.0.0.2  # the one before Caddy, not private_ranges' }],
  },
  envoy: {
    host: [{ where: 'Envoy: ext_authz', line: 'http_service:\n  path_prefix: /outpost.goauthentik.io/auth/envoy' }],
  },
  direct: {},
};

/** The header in which each dialect says the address that was asked for. */
export const ADDRESS_HEADER: Readonly<Record<Dialect['name'], string>> = {
  nginx: 'x-original-url',
  traefik: 'x-forwarded-host',
  caddy: 'x-forwarded-host',
  envoy: 'host',
  direct: 'host',
};

/** The lines that make a proxy send the header, for every proxy that it may be. */
export function remediesFor(
  dialect: Dialect,
  header: string,
  received: IncomingHttpHeaders,
): readonly Remedy[] {
  const isIngress = received['x-sent-from'] === 'nginx-ingress-controller';
  if (dialect.name === 'nginx' && isIngress) return SAID_BY_INGRESS;
  return REMEDIES[dialect.name][header] ?? [];
}
