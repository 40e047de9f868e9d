// The addresses of a sign-in at an application, and the cookie that ties its two ends to one browser. Nothing is stored
// before the person has signed in: where to return to travels in the address and is checked at each stop.
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import { readTokenCookie, tokenCookie } from '../../../signin/session/cookie.ts';
import type { ProxyRoute } from '../routing-table.ts';

const CALLBACK_PATH = '/outpost.goauthentik.io/callback';
const BROWSER_COOKIE = 'gatelodge_proxy_browser';
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export const HAND_OVER_PATH = '/application/outpost';

/**
 * The origin of our own pages for browsers: GATELODGE_URL. Without it nothing says under which name they reach us; only
 * for an application on the browser's own machine it is known that we are at `localhost` too. Undefined: it cannot be told.
 */
export function signInOrigin(
  url: string | undefined,
  port: number | undefined,
  route: ProxyRoute,
): string | undefined {
  if (url !== undefined) return new URL(url).origin;
  return LOOPBACK.test(new URL(route.externalUrl).hostname) ? `http://localhost:${port ?? 9000}` : undefined;
}

export interface HandOver {
  readonly slug: string;
  readonly returnTo: string;
  /** Digest of the browser's cookie at the application. */
  readonly browserHash: string;
  /** Origin at which the application's host is reached: where the callback goes. */
  readonly at: string;
  /** Scheme and host at which the browser seems to have been: what a page that explains trouble goes by. */
  readonly seen: string;
  readonly uiLocales: string | undefined;
}

/** Where the browser signs in, on our own host. */
export function handOverAddress(
  origin: string,
  { slug, returnTo, browserHash, at, seen, uiLocales }: HandOver,
): string {
  const query = new URLSearchParams({ rd: returnTo, browser: browserHash, at, seen });
  if (uiLocales !== undefined) query.set('ui_locales', uiLocales);
  return `${origin}${HAND_OVER_PATH}/${slug}/?${query}`;
}

/** Where the browser comes back to, on the application's host. */
export function callbackAddress(at: string, ticket: string, returnTo: string): string {
  const query = new URLSearchParams({ 'X-authentik-auth-callback': 'true', ticket, rd: returnTo });
  return `${at}${CALLBACK_PATH}?${query}`;
}

/** The browser's token at the application's host. */
export function findBrowserToken(cookies: string | undefined): string | undefined {
  return readTokenCookie(cookies, BROWSER_COOKIE);
}

export function browserCookie(route: ProxyRoute, token: string): string {
  return proxyCookie(route, BROWSER_COOKIE, token);
}

export function browserHashOf(token: string): string {
  return sha256Hex(token);
}

/** A Set-Cookie value for the application's host, or for its whole domain. */
export function proxyCookie(
  { isSecure, cookieDomain }: ProxyRoute,
  name: string,
  token: string,
  maxAgeSeconds?: number,
): string {
  const cookie = tokenCookie(name, token, {
    isSecure,
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  });
  return cookieDomain === '' ? cookie : `${cookie}; Domain=${cookieDomain}`;
}
