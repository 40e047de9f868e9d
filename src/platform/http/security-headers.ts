// Headers of every answer: nothing inline, nothing from elsewhere, never framed, never cached unless a route says so.
import type { Middleware } from 'koa';
import type { Context, RequestState } from './context.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
];

/**
 * Pages on the way to a client. Two protections would break what they are for: Chromium applies `form-action` to every
 * redirect that follows a form, and so to the client's redirect URI, custom schemes included; and COOP would cut the
 * opener off from clients that sign in in a pop-up window.
 */
const ON_THE_WAY_TO_A_CLIENT = /^\/(?:if\/flow|application\/o|device)(?:\/|$)/;

const ALWAYS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Not `no-referrer`: with it browsers send `Origin: null` with our own forms (csrf.ts).
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Cache-Control': 'no-store',
};

const ON_THE_WAY = { ...ALWAYS, 'Content-Security-Policy': CONTENT_SECURITY_POLICY.join('; ') };
const AT_HOME = {
  ...ALWAYS,
  'Content-Security-Policy': [...CONTENT_SECURITY_POLICY, "form-action 'self'"].join('; '),
};

const HAS_PORT = /:\d+$/;

const ONE_YEAR_SECONDS = 31_536_000;

/** Sets them before the handler runs, so that a route may replace one. */
export function securityHeaders(): Middleware<RequestState> {
  return (ctx, next) => {
    ctx.set(securityHeadersOf(ctx.state.origin, ctx.path));
    return next();
  };
}

/** The headers of an answer at that path. */
export function securityHeadersOf(origin: string, path: string): Record<string, string> {
  const leadsAway = ON_THE_WAY_TO_A_CLIENT.test(path);
  const headers = leadsAway ? ON_THE_WAY : AT_HOME;
  if (!origin.startsWith('https:')) return headers;
  return {
    ...headers,
    // On plain http browsers ignore it, and complain on the console of every page.
    ...(!leadsAway && { 'Cross-Origin-Opener-Policy': 'same-origin' }),
    // HSTS holds for every port of a host: on https://nas.example:9443 it would lock the NAS's plain services out.
    ...(!HAS_PORT.test(origin) && { 'Strict-Transport-Security': `max-age=${ONE_YEAR_SECONDS}` }),
  };
}

/** Lets this answer, and no other, show pages of those addresses' origins in frames. */
export function allowFrames(ctx: Context, addresses: readonly string[]): void {
  const origins = new Set(addresses.map((address) => new URL(address).origin));
  const policy = ctx.response.get('Content-Security-Policy');
  ctx.set('Content-Security-Policy', `${policy}; frame-src ${[...origins].join(' ')}`);
}
