// Puts a session into the browser that has signed in, and takes it out again.
import type { Context } from '../../platform/http/context.ts';
import { expiredCookie, SESSION_COOKIE, tokenCookie } from './cookie.ts';
import { PERSISTENT_SECONDS } from './session.ts';

/** Puts a session's token into the browser. */
export function giveSession(ctx: Context, token: string, isPersistent: boolean): void {
  const isSecure = isHttps(ctx);
  const lifetime = isPersistent ? { maxAgeSeconds: PERSISTENT_SECONDS } : {};
  ctx.append('Set-Cookie', tokenCookie(SESSION_COOKIE, token, { isSecure, ...lifetime }));
}

/** Takes the session's token out of the browser. */
export function takeSession(ctx: Context): void {
  ctx.append('Set-Cookie', expiredCookie(SESSION_COOKIE, isHttps(ctx)));
}

function isHttps(ctx: Context): boolean {
  return ctx.state.origin.startsWith('https:');
}
