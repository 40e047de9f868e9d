// Redirect URIs: which may be registered, and which a request may name (RFC 9700 §2.1: simple string comparison).
// What a browser would make of an address never counts: `https://a.test` and `https://a.test/` are two URIs.
import { RE2JS } from 're2js';

export type MatchingMode = 'strict' | 'regex';

export interface RegisteredUri {
  readonly matchingMode: MatchingMode;
  readonly url: string;
}

/** Longer than any that may be registered. */
const LONGEST_URI = 2048;
const FORBIDDEN_SCHEMES = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:']);
const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** Spaces, control characters and backslashes: browsers repair them, each in its own way. */
const REPAIRED_BY_BROWSERS = /[\s\p{Cc}\\]/u;

/** Why the URI may not be registered, as a sentence; undefined when it may. */
export function faultOfRedirectUri({ matchingMode, url }: RegisteredUri): string | undefined {
  if (matchingMode === 'regex')
    return compile(url) ? undefined : `"${url}" is not a regular expression of RE2's kind.`;
  return faultOfAddress(url);
}

/** Whether the URI that was sent is one of the registered ones; `isNative` lets a loopback address use any port. */
export function isRegistered(
  registered: readonly RegisteredUri[],
  sent: string,
  { isNative }: { readonly isNative: boolean },
): boolean {
  if (sent.length > LONGEST_URI) return false;
  return registered.some(({ matchingMode, url }) => {
    // Always the whole URI: an expression that may match a part of it is an open redirect (CVE-2024-52289).
    if (matchingMode === 'regex')
      return faultOfAddress(sent) === undefined && compile(url)?.matcher(sent).matches() === true;
    if (url === sent) return true;
    const registeredLoopback = isNative ? withoutLoopbackPort(url) : undefined;
    return registeredLoopback !== undefined && registeredLoopback === withoutLoopbackPort(sent);
  });
}

function faultOfAddress(url: string): string | undefined {
  const parsed = REPAIRED_BY_BROWSERS.test(url) ? null : URL.parse(url);
  if (!parsed) return `"${url}" is not a URI.`;
  if (FORBIDDEN_SCHEMES.has(parsed.protocol)) return `The scheme "${parsed.protocol}" is not allowed.`;
  if (url.includes('#')) return `"${url}" has a fragment, which is not allowed.`;
  if (parsed.username || parsed.password) return `"${url}" has a user name in it, which is not allowed.`;
  return undefined;
}

/** RE2's syntax, which no expression and no address can make slow; it has no look-around and no back-references. */
function compile(expression: string): RE2JS | undefined {
  try {
    return RE2JS.compile(expression);
  } catch {
    return undefined;
  }
}

/** RFC 8252 §7.3: the port is the operating system's choice; everything else stays a string comparison. */
function withoutLoopbackPort(url: string): string | undefined {
  const [, scheme, host, rest] = /^(http:\/\/)(\[[^\]]*\]|[^/:?#@]*)(?::\d+)?((?:[/?].*)?)$/.exec(url) ?? [];
  if (scheme === undefined || host === undefined || !LOOPBACK_HOSTS.has(host)) return undefined;
  return `${scheme}${host}${rest}`;
}
