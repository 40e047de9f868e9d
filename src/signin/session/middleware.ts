// Makes the session cookie into `ctx.state.viewer`. An unknown token is left in the browser: another tab may be getting
// its successor at this moment, and removing "the" cookie would remove that one.
import type { Middleware } from 'koa';
import { isAdministrator } from '../../identity/group/membership.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Context, RequestState } from '../../platform/http/context.ts';
import { expiredCookie, readTokenCookie, SESSION_COOKIE, tokenCookie } from './cookie.ts';
import { PERSISTENT_SECONDS, type Sessions } from './session.ts';

interface Needs {
  readonly sessions: Sessions;
  readonly db: Db;
}

/** Who is signed in, if anybody; throws Unavailable when the store does not answer. */
export function sessionViewer({ sessions, db }: Needs): Middleware<RequestState> {
  return async (ctx, next) => {
    const token = readTokenCookie(ctx.get('cookie'));
    const session = await sessions.find(token);
    if (token !== undefined && session) {
      ctx.state.viewer = {
        userId: session.userId,
        username: session.user.username,
        name: session.user.name,
        isAdministrator: await isAdministrator(db, session.userId),
        via: 'session',
        sessionId: session.id,
        authenticatedAt: session.authenticatedAt,
      };
      const isTouched = await sessions.touch(session);
      if (isTouched && session.isPersistent) giveSession(ctx, token, true);
    }
    await next();
  };
}

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
