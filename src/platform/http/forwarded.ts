// Who is asking and what address their browser shows, behind any number of proxies (contract §1, "Trusted proxies").
// Pure: `X-Forwarded-*` counts only from a trusted peer, and what cannot be read changes no decision.
import ipaddr from 'ipaddr.js';

/** Whether an address belongs to a proxy we believe; `undefined` is a Unix socket, which only this machine reaches. */
export type IsTrusted = (address: string | undefined) => boolean;

/** Makes the test from CIDRs and single addresses; throws for one that is neither. */
export function trustedProxies(ranges: readonly string[]): IsTrusted {
  const proxies = ranges.map((range) => ipaddr.parseCIDR(range.includes('/') ? range : wholeAddress(range)));
  return (address) => {
    if (address === undefined) return true;
    const candidate = parseAddress(address);
    return candidate !== undefined && ipaddr.subnetMatch(candidate, { proxies }, 'stranger') === 'proxies';
  };
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
  if (host === undefined || host === '' || !URL.canParse(`${scheme}://${host}/`)) return undefined;
  const url = new URL(`${scheme}://${host}/`);
  // Anything beyond host and port (`user@host`, `host/path`, `host?x`) is not a Host header (RFC 9110 §7.2).
  return url.href === `${url.origin}/` ? url.origin : undefined;
}

function lastOf(list: string | undefined): string | undefined {
  return list?.split(',').at(-1)?.trim();
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

function normalise(text: string | undefined): string | undefined {
  return text === undefined ? undefined : parseAddress(text)?.toString();
}

/** `203.0.113.9:4711` and `[2001:db8::9]:4711` as some proxies write them, without the port. */
function withoutPort(entry: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry;
}

function wholeAddress(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}
