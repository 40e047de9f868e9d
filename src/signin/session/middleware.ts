// Makes the session cookie into `ctx.state.viewer`. An unknown token is left in the browser: another tab may be getting
// its successor at this moment, and removing "the" cookie would remove that one.
import type { Middleware } from 'koa';
import { isAdministrator } from '../../identity/group/membership.ts';
import { preferencesOf } from '../../identity/user/preferences.ts';
import type { Db } from '../../platform/database/database.ts';
import type { RequestState } from '../../platform/http/context.ts';
import { speak } from '../../platform/http/language.ts';
import type { Texts } from '../../platform/view/texts.ts';
import { giveSession } from './browser-session.ts';
import { readTokenCookie } from './cookie.ts';
import type { Sessions } from './session.ts';

interface Needs {
  readonly sessions: Sessions;
  readonly db: Db;
  readonly texts: Texts;
}

/** Who is signed in, if anybody; throws Unavailable when the store does not answer. */
export function sessionViewer({ sessions, db, texts }: Needs): Middleware<RequestState> {
  return async (ctx, next) => {
    const token = readTokenCookie(ctx.get('cookie'));
    const session = await sessions.find(token);
    if (token !== undefined && session) {
      const { language, theme } = preferencesOf(session.user);
      ctx.state.viewer = {
        userId: session.userId,
        username: session.user.username,
        name: session.user.name,
        isAdministrator: await isAdministrator(db, session.userId),
        via: 'session',
        sessionId: session.id,
        methods: session.methods,
        authenticatedAt: session.authenticatedAt,
        theme,
      };
      // What a client asks for goes before what the person has chosen.
      speak(ctx, texts, language);
      speak(ctx, texts, ctx.query.ui_locales);
      const isTouched = await sessions.touch(session);
      if (isTouched && session.isPersistent) giveSession(ctx, token, true);
    }
    await next();
  };
}
