// The browser's sign-in cookie: it ties a sign-in request to the browser that started it, so that nobody can be made to
// finish somebody else's. It proves nothing about a person; the session cookie does that.
import { randomToken } from '../../platform/crypto/random.ts';
import type { Context } from '../../platform/http/context.ts';
import { readTokenCookie, tokenCookie } from './cookie.ts';

const BROWSER_COOKIE = 'gatelodge_browser';

/** The token of a browser that has started a sign-in before. */
export function findBrowser(ctx: Context): string | undefined {
  return readTokenCookie(ctx.get('cookie'), BROWSER_COOKIE);
}

/** The browser's token, given to it with this answer when it has none. */
export function browserOf(ctx: Context): string {
  return findBrowser(ctx) ?? nameBrowser(ctx, randomToken());
}

/** Gives the browser this token. */
export function nameBrowser(ctx: Context, token: string): string {
  ctx.append(
    'Set-Cookie',
    tokenCookie(BROWSER_COOKIE, token, { isSecure: ctx.state.origin.startsWith('https:') }),
  );
  return token;
}
