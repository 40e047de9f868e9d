// What is wrong between a proxy and us, and the line that puts it right: for the page that its administrator sees, and
// for the log.
import type { Dialect, WiringFault } from './dialects.ts';

export interface WiringHelp {
  /** Key of the text that says what is wrong, with its values. */
  readonly text: string;
  readonly values: Readonly<Record<string, string>>;
  /** What to write into the proxy's configuration, or into ours. */
  readonly line: string;
}

/** The lines that make each proxy send what we need. */
// biome-ignore format: a table
const LINES: Readonly<Record<Dialect['name'], Readonly<Record<string, string>>>> = {
  nginx: {
    'x-original-url': 'proxy_set_header X-Original-URL $scheme://$http_host$request_uri;',
    host:             'proxy_set_header Host $host;',
  },
  traefik: {
    'x-forwarded-proto': 'forwardAuth: { address: "…/outpost.goauthentik.io/auth/traefik", trustForwardHeader: true }',
    'x-forwarded-host':  'forwardAuth: { address: "…/outpost.goauthentik.io/auth/traefik", trustForwardHeader: true }',
    'x-forwarded-uri':   'forwardAuth: { address: "…/outpost.goauthentik.io/auth/traefik", trustForwardHeader: true }',
  },
  caddy: {
    'x-forwarded-proto': 'forward_auth gatelodge:9000 { uri /outpost.goauthentik.io/auth/caddy }',
    'x-forwarded-host':  'forward_auth gatelodge:9000 { uri /outpost.goauthentik.io/auth/caddy }',
    'x-forwarded-uri':   'forward_auth gatelodge:9000 { uri /outpost.goauthentik.io/auth/caddy }',
  },
  direct: {},
  envoy: {
    host: 'http_service: { path_prefix: /outpost.goauthentik.io/auth/envoy }',
  },
};

/** Names as they are written in configurations. */
// biome-ignore format: a table
const NAMES: Readonly<Record<string, string>> = {
  'x-original-url':    'X-Original-URL',
  'x-forwarded-proto': 'X-Forwarded-Proto',
  'x-forwarded-host':  'X-Forwarded-Host',
  'x-forwarded-uri':   'X-Forwarded-Uri',
  host:                'Host',
};

export function helpFor(dialect: Dialect, fault: WiringFault): WiringHelp {
  if (fault.fault === 'untrusted') {
    const { address } = fault;
    const values = { proxy: dialect.name, address };
    return {
      text: 'outpost.wiring.untrusted',
      values,
      line: `GATELODGE_TRUSTED_PROXIES=${address}/${bitsOf(address)}`,
    };
  }
  const values = { proxy: dialect.name, header: NAMES[fault.header] ?? fault.header };
  return { text: `outpost.wiring.${fault.fault}`, values, line: LINES[dialect.name][fault.header] ?? '' };
}

function bitsOf(address: string): number {
  return address.includes(':') ? 128 : 32;
}
