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
  const told = toldBy(passage.headers);
  const refused = refusedNames(passage);
  const headers = ['Host', host];
  forEachPair(request.rawHeaders, (name, value) => {
    const plain = plainly(name);
    if (HOP_BY_HOP.has(plain) || told.names.has(plain) || refused.has(plain) || OURS.test(plain)) return;
    if (OF_TRUSTED_PROXIES.test(plain) && !(isProxied && plain === name.toLowerCase())) return;
    if (plain === 'cookie') headers.push(...cookieWithoutOurs(value));
    else headers.push(name, value);
  });
  headers.push(...told.headers, 'X-Forwarded-For', forwardedFor(passage, isProxied));
  headers.push('X-Forwarded-Host', original.authority, 'X-Forwarded-Proto', original.scheme, PASSED, '1');
  return headers;
}

/** The headers of the answer for the browser, from those of the application; `connection` is what that one says. */
export function responseHeaders(
  raw: readonly string[],
  connection: string | readonly string[] = [],
): string[] {
  const listed = listedIn(connection);
  const headers: string[] = [];
  forEachPair(raw, (name, value) => {
    const plain = name.toLowerCase();
    if (!HOP_BY_HOP.has(plain) && !listed.has(plain)) headers.push(name, value);
  });
  return headers;
}

interface Told {
  readonly headers: readonly string[];
  /** In lower case. */
  readonly names: ReadonlySet<string>;
}

/** By what the door says, which is one array for as long as it says the same. */
const told = new WeakMap<readonly string[], Told>();

/** What the application is told of the person, and the names that the client may therefore not use. */
function toldBy(allowed: readonly string[]): Told {
  const known = told.get(allowed);
  if (known) return known;
  const headers: string[] = [];
  const names = new Set<string>();
  forEachPair(allowed, (name, value) => {
    names.add(name.toLowerCase());
    if (name !== 'Authorization' || value !== '') headers.push(name, value);
  });
  told.set(allowed, { headers, names });
  return { headers, names };
}

function refusedNames({ request, session, route }: Passage): ReadonlySet<string> {
  const listed = listedIn(request.headers.connection ?? []);
  // A password that opened our door is none of the application's business; nor is it to mistake another one for ours.
  const isOurCredential = session !== undefined && session.sessionId === undefined;
  return isOurCredential || route.basicInjection ? new Set([...listed, 'authorization']) : listed;
}

const NONE: ReadonlySet<string> = new Set();

/** `Connection: x, y` names further headers that end with the connection. */
function listedIn(connection: string | readonly string[]): ReadonlySet<string> {
  if (connection === 'keep-alive' || connection === 'close' || connection.length === 0) return NONE;
  const names = [connection].flat().flatMap((value) => value.toLowerCase().split(','));
  return new Set(names.map((name) => plainly(name.trim())));
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
  const peer = request.socket.remoteAddress?.replace('::ffff:', '') ?? '';
  const told = isProxied ? request.headers['x-forwarded-for'] : undefined;
  return told ? `${told}, ${peer}` : peer;
}

function forEachPair(flat: readonly string[], visit: (name: string, value: string) => void): void {
  for (let index = 0; index < flat.length; index += 2) visit(flat[index] ?? '', flat[index + 1] ?? '');
}
