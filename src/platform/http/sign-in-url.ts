// Where somebody is sent who must sign in, or prove again who they are, before they may go on.
import { NotRecentlySignedIn, type NotSignedIn } from '../problem/problem.ts';
import type { Context } from './context.ts';

const SIGN_IN = '/if/flow/default-authentication-flow/';

/** Signing in leads back to the page; after a form, to the page that it stood on. */
export function signInUrl(ctx: Context, error: NotSignedIn | NotRecentlySignedIn): string {
  const query = new URLSearchParams({ next: isReading(ctx) ? ctx.originalUrl : cameFrom(ctx) });
  if (error instanceof NotRecentlySignedIn) query.set('again', '1');
  return `${SIGN_IN}?${query}`;
}

export function isReading(ctx: Context): boolean {
  return ctx.method === 'GET' || ctx.method === 'HEAD';
}

function cameFrom(ctx: Context): string {
  const referrer = URL.canParse(ctx.get('Referer')) ? new URL(ctx.get('Referer')) : undefined;
  return referrer?.origin === ctx.state.origin ? `${referrer.pathname}${referrer.search}` : '/';
}
