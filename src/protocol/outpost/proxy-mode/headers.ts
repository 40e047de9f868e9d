// Which headers go through the reverse proxy, both ways (RFC 9110 §7.6). What says who is asking, and from where, comes
// from us alone: the client's own are dropped in every spelling that a server could read as the same.
import type { IsTrusted } from '../../../platform/http/forwarded.ts';
import type { Passage } from './passage.ts';

/** They are about one connection, and end with it; `Expect` has been answered. */
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'http2-settings'],
]);

/** What applications believe of a proxy: who is asking, and which address is meant (some let these override the path). */
const OURS =
  /^(?:x-authentik-|x-gatelodge-|remote-(?:user|groups|email|name)$|x-forwarded-(?:for|host|proto)$|x-original-ur[il]$|x-rewrite-url$|host$)/;
/** What a proxy before us may add, and nobody else. */
const OF_TRUSTED_PROXIES = /^(?:x-forwarded-|forwarded$|x-real-ip$)/;
/** Also those of our own pages: cookies know no ports, so at `localhost` they come here too. */
const OWN_COOKIE = /^\s*gatelodge_[^=]*=/;

/** Says that a request has passed us: one that comes again is going round in a circle. */
export const PASSED = 'X-Gatelodge-Passed';

/** The headers of the request to the application, names and values in turn, without those about the connection. */
export function requestHeaders(passage: Passage, host: string, isTrusted: IsTrusted): string[] {
  const { request, original } = passage;
  const isProxied = isTrusted(request.socket.remoteAddress);
  const refused = refusedNames(passage);
  const headers = ['Host', host];
  for (const [name, value] of pairsOf(request.rawHeaders)) {
    const plain = plainly(name);
    if (refused.has(plain) || OURS.test(plain)) continue;
    if (OF_TRUSTED_PROXIES.test(plain) && !(isProxied && plain === name.toLowerCase())) continue;
    if (plain === 'cookie') headers.push(...cookieWithoutOurs(value));
    else headers.push(name, value);
  }
  for (const [name, value] of pairsOf(passage.headers)) {
    if (name === 'Content-Length' || (name === 'Authorization' && value === '')) continue;
    headers.push(name, value);
  }
  headers.push('X-Forwarded-For', forwardedFor(passage, isProxied));
  headers.push('X-Forwarded-Host', original.authority, 'X-Forwarded-Proto', original.scheme, PASSED, '1');
  return headers;
}

/** The headers of the answer for the browser, from those of the application. */
export function responseHeaders(raw: readonly string[]): string[] {
  const refused = new Set([...HOP_BY_HOP, ...listedInConnection(raw)]);
  return [...pairsOf(raw)].filter(([name]) => !refused.has(name.toLowerCase())).flat();
}

function refusedNames({ request, headers, session, route }: Passage): Set<string> {
  const refused = new Set([...HOP_BY_HOP, ...listedInConnection(request.rawHeaders)]);
  for (const [name] of pairsOf(headers)) {
    if (name !== 'Content-Length') refused.add(name.toLowerCase());
  }
  // A password that opened our door is none of the application's business; nor is it to mistake another one for ours.
  const isOurCredential = session !== undefined && session.sessionId === undefined;
  if (isOurCredential || route.basicInjection) refused.add('authorization');
  return refused;
}

/** `Connection: x, y` names further headers that end with the connection. */
function listedInConnection(raw: readonly string[]): string[] {
  const names = [...pairsOf(raw)].flatMap(([name, value]) =>
    name.toLowerCase() === 'connection' ? value.toLowerCase().split(',') : [],
  );
  return names.map((name) => plainly(name.trim()));
}

/** As servers may read a name: CGI makes underscores of hyphens, PHP of dots too, lighttpd of every odd character. */
function plainly(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z\d]/g, '-');
}

/** An application must not be able to be somebody at our door. */
function cookieWithoutOurs(value: string): string[] {
  const others = value.split(';').filter((pair) => !OWN_COOKIE.test(pair));
  return others.length === 0 ? [] : ['Cookie', others.join(';').trim()];
}

function forwardedFor({ request }: Passage, isProxied: boolean): string {
  const peer = request.socket.remoteAddress?.replace(/^::ffff:/, '');
  const told = isProxied ? [request.headers['x-forwarded-for']].flat() : [];
  return [...told, peer].filter(Boolean).join(', ');
}

function* pairsOf(flat: readonly string[]): Generator<[name: string, value: string]> {
  for (let index = 0; index < flat.length; index += 2) yield [flat[index] ?? '', flat[index + 1] ?? ''];
}
