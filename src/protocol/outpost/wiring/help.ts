// What is wrong between a proxy and us, and the line that puts it right: for the page that its administrator sees, and
// for the log.
import type { IncomingHttpHeaders } from 'node:http';
import { settings } from '../../../platform/config/settings.ts';
import type { Dialect, WiringFault } from '../dialects.ts';
import type { ProxyRoute } from '../routing-table.ts';
import { ADDRESS_HEADER, type Remedy, remediesFor } from './remedy.ts';

export interface WiringHelp {
  /** Key of the text that says what is wrong, with its values. */
  readonly text: string;
  readonly values: Readonly<Record<string, string>>;
  /** What to write where, for each proxy that it may be; or into our own settings. */
  readonly remedies: readonly Remedy[];
}

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

export function helpFor(dialect: Dialect, fault: WiringFault, received: IncomingHttpHeaders): WiringHelp {
  const proxy = PROXIES[dialect.name];
  if (fault.fault === 'untrusted') {
    const { address } = fault;
    // The setting takes the place of its default, so the line repeats it.
    const line = `${settings.trustedProxies.name}=${settings.trustedProxies.default},${address}/${bitsOf(address)}`;
    return {
      text: 'outpost.wiring.untrusted',
      values: { proxy, address, setting: settings.trustedProxies.name },
      remedies: [{ where: 'Gatelodge', line }],
    };
  }
  const { header } = fault;
  const values = { proxy, address: nameOf(ADDRESS_HEADER[dialect.name]), header: nameOf(header) };
  return { text: `outpost.wiring.${fault.fault}`, values, remedies: remediesFor(dialect, header, received) };
}

function nameOf(header: string): string {
  return NAMES[header] ?? header;
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
    return value === '' ? [] : [{ name: nameOf(name), value: value.slice(0, MOST_SHOWN) }];
  });
}

// biome-ignore format: a table
const TO_HTTPS: readonly Remedy[] = [
  { where: 'nginx: server for port 80', line: 'return 301 https://$host$request_uri;' },
  { where: 'HAProxy: frontend', line: 'http-request redirect scheme https unless { ssl_fc }' },
  { where: 'Traefik: entrypoint web', line: '--entrypoints.web.http.redirections.entrypoint.to=websecure' },
];

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
    return { text: 'outpost.lostCookie.scheme', values, remedies: TO_HTTPS };
  }
  if (cookieDomain !== '') return { text: 'outpost.lostCookie.domain', values, remedies: [] };
  return { text: isSecure ? 'outpost.lostCookie.secure' : 'outpost.lostCookie.plain', values, remedies: [] };
}
