// Where `rd` may lead after a sign-in: to the application itself (its host, or any host of its cookie domain) by http or
// https, and nowhere else. Addresses are parsed as a browser would, and written out again (CWE-601).
import { isWithin, type ProxyRoute, readHost } from '../routing-table.ts';

/** What fits into the address of a sign-in request, escaped. */
const MAXIMUM_LENGTH = 3000;

/** The address to return to: `rd` if it stays at the application, completed if relative; else the application's start page. */
export function returnAddress(route: ProxyRoute, rd: string | undefined): string {
  return allowedAddress(route, rd) ?? `${route.externalUrl}/`;
}

/** The address in full if it belongs to the application; undefined otherwise. */
export function allowedAddress(route: ProxyRoute, rd: string | undefined): string | undefined {
  if (rd === undefined || rd === '' || encodeURIComponent(rd).length > MAXIMUM_LENGTH) return undefined;
  const url = URL.parse(rd, `${route.externalUrl}/`);
  if (url?.username !== '' || url.password !== '') return undefined;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const host = readHost(url.host, url.protocol === 'https:' ? 'https' : 'http');
  const isOwn = host !== undefined && (host.authority === route.authority || isOfDomain(host.name, route));
  if (!isOwn) return undefined;
  // A proxy behind another one that ends TLS takes every request for http; the cookie would not come back there, and who
  // listens on the way would read the ticket.
  if (route.isSecure) url.protocol = 'https:';
  return url.href;
}

/**
 * The `rd` of a query. Most nginx configurations write the address into it as it is, so what looks like the next parameter
 * still belongs to it; an escaped one ends at the `&`, and so does ingress-nginx's, of which all after the host is escaped.
 */
export function readReturnAddress(target: string): string | undefined {
  const query = target.slice(target.indexOf('?') + 1);
  const [, given] = /(?:^|&)rd=(.*)$/s.exec(query) ?? [];
  if (given === undefined || !target.includes('?')) return undefined;
  const isAsItIs = /^(?:\/|https?:\/\/(?![^/?#&]*%2f))/i.test(given);
  return isAsItIs ? given : (new URLSearchParams(query).get('rd') ?? undefined);
}

/** Whether a proxy has turned a form away: its configuration says the method before `rd` (`start?method=POST&rd=…`). */
export function hasLostForm(target: string): boolean {
  const [, method] = /^[^?]*\?method=([A-Z]+)&rd=/.exec(target) ?? [];
  return method !== undefined && method !== 'GET' && method !== 'HEAD';
}

/** Whether the address leads back to what made the browser leave: it would do so for ever. */
export function isOwnErrand(address: string): boolean {
  return URL.parse(address)?.pathname.startsWith('/outpost.goauthentik.io') ?? false;
}

function isOfDomain(hostName: string, { cookieDomain }: ProxyRoute): boolean {
  return cookieDomain !== '' && isWithin(hostName, cookieDomain);
}
