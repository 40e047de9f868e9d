// A word for the page after a redirect ("Application created."), shown once. The cookie carries only the key of a text,
// so that nothing a browser sends is ever printed.
import type { Context } from './context.ts';

const COOKIE = 'gatelodge_notice';
const LIFETIME_SECONDS = 60;

/** Leaves a notice for the next page. */
export function leaveNotice(ctx: Context, key: string): void {
  ctx.cookies.set(COOKIE, key, { sameSite: 'lax', overwrite: true, maxAge: LIFETIME_SECONDS * 1000 });
}

/** The translated notice that was left, taken away by this; null when there is none or it is not one of ours. */
export function takeNotice(ctx: Context): string | null {
  const key = ctx.cookies.get(COOKIE);
  if (key === undefined) return null;
  ctx.cookies.set(COOKIE, null, { sameSite: 'lax', overwrite: true });
  if (!/^[a-z]\w*(?:\.\w+)+$/i.test(key)) return null;
  const text = ctx.state.t(key);
  return text === key ? null : text;
}
