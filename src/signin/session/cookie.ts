// The session cookie (RFC 6265): reading and writing it, as pure functions over header values. The outpost's hot path
// imports this file, so it knows neither Koa nor the stores.

export const SESSION_COOKIE = 'gatelodge_session';

/** 256 bits in base64url: anything else was not made by us, and is not worth a look-up. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The first cookie of that name in a Cookie header. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (let start = 0; start < header.length; ) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    const pair = header.slice(start, end).trimStart();
    const rest = pair.startsWith(name) ? pair.slice(name.length).trimStart() : '';
    if (rest.startsWith('=')) return rest.slice(1).trim();
    start = end + 1;
  }
  return undefined;
}

/** The random token in a cookie of ours; undefined when it is absent or malformed. */
export function readTokenCookie(header: string | undefined, name = SESSION_COOKIE): string | undefined {
  const value = readCookie(header, name);
  return value !== undefined && TOKEN.test(value) ? value : undefined;
}

interface CookieOptions {
  /** True when the browser sees us under https. */
  readonly isSecure: boolean;
  /** Absent: the cookie goes when the browser is closed. */
  readonly maxAgeSeconds?: number;
}

/** A Set-Cookie value for this host alone: no Domain, so that no neighbouring application is ever sent it. */
export function tokenCookie(name: string, token: string, { isSecure, maxAgeSeconds }: CookieOptions): string {
  const attributes = [`${name}=${token}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  if (isSecure) attributes.push('Secure');
  if (maxAgeSeconds !== undefined) attributes.push(`Max-Age=${maxAgeSeconds}`);
  return attributes.join('; ');
}

/** A Set-Cookie value that removes the cookie. */
export function expiredCookie(name: string, isSecure: boolean): string {
  return tokenCookie(name, '', { isSecure, maxAgeSeconds: 0 });
}
