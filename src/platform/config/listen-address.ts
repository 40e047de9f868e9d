// Where a server listens: a TCP address, or a Unix socket for a proxy on the same machine.
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';

export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

const EVERY_ADDRESS = '::';
const HIGHEST_PORT = 65_535;
const SOCKET_PREFIX = 'unix:';

/** Reads `host:port`, `[::1]:port`, `:port` (every address) or `unix:/path`; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith(SOCKET_PREFIX)) {
    const path = text.slice(SOCKET_PREFIX.length);
    return path ? { path: resolve(path) } : undefined;
  }
  const match = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^\s:/[\]]*)):(?<port>\d{1,5})$/.exec(text);
  const { ipv6, host, port } = match?.groups ?? {};
  if (port === undefined || Number(port) > HIGHEST_PORT) return undefined;
  if (ipv6 !== undefined && !isIPv6(ipv6)) return undefined;
  return { host: ipv6 || host || EVERY_ADDRESS, port: Number(port) };
}

/** The address as it is written in settings. */
export function formatListenAddress(address: ListenAddress): string {
  if ('path' in address) return `${SOCKET_PREFIX}${address.path}`;
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
