// Who is asking and what address their browser shows, behind any number of proxies (contract §1, "Trusted proxies").
// Pure: `X-Forwarded-*` counts only from a trusted peer, and what cannot be read changes no decision.
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

const MOST_REMEMBERED = 1000;
const LONGEST_REMEMBERED = 300;

/** Whether an address belongs to a proxy we believe; `undefined` is a Unix socket, which only this machine reaches. */
export type IsTrusted = (address: string | undefined) => boolean;

/** Makes the test from CIDRs and single addresses; throws for one that is neither. */
export function trustedProxies(ranges: readonly string[]): IsTrusted {
  const proxies = ranges.map((range) => ipaddr.parseCIDR(range.includes('/') ? range : wholeAddress(range)));
  const isProxy = remembered((address) => {
    const candidate = parseAddress(address);
    return candidate !== undefined && ipaddr.subnetMatch(candidate, { proxies }, 'stranger') === 'proxies';
  });
  return (address) => address === undefined || isProxy(address);
}

/**
 * The right-most address of the chain that is not a trusted proxy. Walking from our own peer outwards, the walk ends
 * at the first stranger, or at the last address known when an entry cannot be read.
 */
export function clientAddressOf(
  peer: string | undefined,
  forwardedFor: string | undefined,
  isTrusted: IsTrusted,
): string {
  let known = normalise(peer) ?? '127.0.0.1';
  if (!isTrusted(peer)) return known;
  for (const entry of (forwardedFor ?? '').split(',').reverse()) {
    const address = normalise(withoutPort(entry.trim()));
    if (address === undefined) return known;
    known = address;
    if (!isTrusted(address)) return known;
  }
  return known;
}

/** The browser-visible origin of a request. */
export type OriginOfRequest = (request: Pick<IncomingMessage, 'socket' | 'headers'>) => string;

/** Makes that function: the origin is the configured one, or else what the request shows. */
export function originOfRequest(url: string | undefined, isTrusted: IsTrusted): OriginOfRequest {
  if (url !== undefined) {
    const { origin } = new URL(url);
    return () => origin;
  }
  return (request) => originOf(reachedBy(request), isTrusted);
}

function reachedBy({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Reached {
  const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value.at(-1) : value);
  return {
    peer: socket.remoteAddress,
    isEncrypted: 'encrypted' in socket,
    host: headers.host,
    forwardedProto: one(headers['x-forwarded-proto']),
    forwardedHost: one(headers['x-forwarded-host']),
  };
}

/** The parts of a request that say how the browser reached us. */
export interface Reached {
  readonly peer: string | undefined;
  readonly isEncrypted: boolean;
  readonly host: string | undefined;
  readonly forwardedProto: string | undefined;
  readonly forwardedHost: string | undefined;
}

/** The browser-visible origin, for example `https://auth.example.com`; nonsense in a header falls back to the next best. */
export function originOf(reached: Reached, isTrusted: IsTrusted): string {
  const isProxied = isTrusted(reached.peer);
  // Apache appends to these headers instead of replacing them: the last entry is the proxy's own word.
  const proto = isProxied ? lastOf(reached.forwardedProto)?.toLowerCase() : undefined;
  const host = isProxied ? lastOf(reached.forwardedHost) : undefined;
  const scheme = proto === 'https' || proto === 'http' ? proto : reached.isEncrypted ? 'https' : 'http';
  return origin(scheme, host) ?? origin(scheme, reached.host) ?? `${scheme}://localhost`;
}

function origin(scheme: string, host: string | undefined): string | undefined {
  return host === undefined || host === '' ? undefined : originOfAddress(`${scheme}://${host}/`);
}

const originOfAddress = remembered((address: string) => {
  const url = URL.parse(address);
  // Anything beyond host and port (`user@host`, `host/path`, `host?x`) is not a Host header (RFC 9110 §7.2).
  return url?.href === `${url?.origin}/` ? url.origin : undefined;
});

function lastOf(list: string | undefined): string | undefined {
  return list?.split(',').at(-1)?.trim();
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

function normalise(text: string | undefined): string | undefined {
  return text === undefined ? undefined : normalAddress(text);
}

const normalAddress = remembered((text: string) => parseAddress(text)?.toString());

/** `203.0.113.9:4711` and `[2001:db8::9]:4711` as some proxies write them, without the port. */
function withoutPort(entry: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry;
}

function wholeAddress(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** The same function with its answers kept: a proxy asks from one address all the time, and reading one takes 30 µs. */
function remembered<Answer>(answerTo: (text: string) => Answer): (text: string) => Answer {
  const answers = new Map<string, { readonly answer: Answer }>();
  return (text) => {
    const known = answers.get(text);
    if (known) return known.answer;
    // Strangers choose what they send: neither many nor long texts may fill the memory.
    if (answers.size >= MOST_REMEMBERED) answers.clear();
    const answer = answerTo(text);
    if (text.length <= LONGEST_REMEMBERED) answers.set(text, { answer });
    return answer;
  };
}
