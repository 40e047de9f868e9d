// What is wrong between a proxy and us, and the line that puts it right: for the page that its administrator sees, and
// for the log.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect, WiringFault } from './dialects.ts';
import type { ProxyRoute } from './routing-table.ts';

export interface WiringHelp {
  /** Key of the text that says what is wrong, with its values. */
  readonly text: string;
  readonly values: Readonly<Record<string, string>>;
  /** What to write into the proxy's configuration, or into ours. */
  readonly line: string;
}

const TRAEFIK = `forwardAuth:
  address: http://gatelodge:9000/outpost.goauthentik.io/auth/traefik
  trustForwardHeader: true`;
const CADDY = `forward_auth gatelodge:9000 {
  uri /outpost.goauthentik.io/auth/caddy
}`;

/** The lines that make each proxy send what we need. */
// biome-ignore format: a table
const LINES: Readonly<Record<Dialect['name'], Readonly<Record<string, string>>>> = {
  nginx: {
    'x-original-url': 'proxy_set_header X-Original-URL $scheme://$http_host$request_uri;',
    host:             'proxy_set_header Host $host;',
  },
  traefik: {
    'x-forwarded-proto': TRAEFIK,
    'x-forwarded-host':  TRAEFIK,
    'x-forwarded-uri':   TRAEFIK,
  },
  caddy: {
    'x-forwarded-proto': CADDY,
    'x-forwarded-host':  CADDY,
    'x-forwarded-uri':   CADDY,
    host:                'trusted_proxies 10.0.0.2  # not private_ranges',
  },
  direct: {},
  envoy: {
    host: 'http_service: { path_prefix: /outpost.goauthentik.io/auth/envoy }',
  },
};

/** Names as they are written in sentences. */
const PROXIES = { nginx: 'nginx', traefik: 'Traefik', caddy: 'Caddy', envoy: 'Envoy', direct: 'Gatelodge' };

/** Names as they are written in configurations. */
// biome-ignore format: a table
const NAMES: Readonly<Record<string, string>> = {
  'x-original-url':    'X-Original-URL',
  'x-forwarded-proto': 'X-Forwarded-Proto',
  'x-forwarded-host':  'X-Forwarded-Host',
  'x-forwarded-uri':   'X-Forwarded-Uri',
  'x-forwarded-for':   'X-Forwarded-For',
  host:                'Host',
};

export function helpFor(dialect: Dialect, fault: WiringFault): WiringHelp {
  if (fault.fault === 'untrusted') {
    const { address } = fault;
    const values = { proxy: PROXIES[dialect.name], address };
    return {
      text: 'outpost.wiring.untrusted',
      values,
      line: `GATELODGE_TRUSTED_PROXIES=${address}/${bitsOf(address)}`,
    };
  }
  const address = dialect.name === 'nginx' ? 'X-Original-URL' : 'X-Forwarded-Host';
  const values = { proxy: PROXIES[dialect.name], address, header: NAMES[fault.header] ?? fault.header };
  return { text: `outpost.wiring.${fault.fault}`, values, line: LINES[dialect.name][fault.header] ?? '' };
}

function bitsOf(address: string): number {
  return address.includes(':') ? 128 : 32;
}

/** Whatever a proxy may have sent to say what was asked for: so that its administrator sees what arrived. */
const TELLING = [
  'host',
  'x-original-url',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-uri',
  'x-forwarded-for',
];
const MOST_SHOWN = 200;

/** Header and value of each that came. */
export function receivedOf(headers: IncomingHttpHeaders): { name: string; value: string }[] {
  return TELLING.flatMap((name) => {
    const value = [headers[name]].flat().filter(Boolean).join(', ');
    return value === '' ? [] : [{ name: NAMES[name] ?? name, value: value.slice(0, MOST_SHOWN) }];
  });
}

/**
 * Why a browser does not keep an application's cookie, as far as the address tells at which it `seen` the application:
 * a cookie for https is not kept by http, nor one of a host by another host.
 */
export function helpForLostCookie(
  { externalUrl, isSecure, cookieDomain }: ProxyRoute,
  seen: string | undefined,
): WiringHelp {
  const there = seen === undefined ? null : URL.parse(seen);
  const values = { address: externalUrl, seen: there?.origin ?? '', domain: cookieDomain };
  if (isSecure && there?.protocol === 'http:') {
    return { text: 'outpost.lostCookie.scheme', values, line: 'return 301 https://$host$request_uri;' };
  }
  if (cookieDomain !== '') return { text: 'outpost.lostCookie.domain', values, line: '' };
  return { text: isSecure ? 'outpost.lostCookie.secure' : 'outpost.lostCookie.plain', values, line: '' };
}
