// /if/admin/users/:id/sessions/: where somebody is signed in, for administrators, and an end to one of them.
import { z } from 'zod';
import { listSessions } from '../../../operation/account/session-list.ts';
import { recordAct } from '../../../operation/admin/audit.ts';
import { userModel } from '../../../operation/admin/model.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import { int32 } from '../../../platform/problem/field.ts';
import type { Page } from '../../../platform/view/page.ts';
import type { Sessions } from '../../../signin/session/session.ts';
import { getUser } from '../user.ts';
import { rootOf, userSessionsPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly sql: Sql;
  readonly sessions: Pick<Sessions, 'list' | 'end'>;
}

const ROOT = '/if/admin/users/:id/sessions/';
const one = z.object({ id: int32 });
const ofOne = one.extend({ session: z.uuid() });

export function userSessionRoutes(needs: Needs): Route[] {
  return [
    get(ROOT, administrator, one, (ctx, { id }) => show(needs, ctx, id)),
    post(`${ROOT}:session/end/`, administrator, ofOne, (ctx, input) => end(needs, ctx, input)),
  ];
}

async function show(needs: Needs, ctx: Context, id: number): Promise<Page> {
  return userSessionsPage(ctx.state, await getUser(needs.db, id), await listSessions(needs, id));
}

/** One that has ended already, or is another user's, is no error to act on. */
async function end(
  { db, sessions }: Needs,
  ctx: Context,
  { id, session }: z.output<typeof ofOne>,
): Promise<Answer> {
  const user = await getUser(db, id);
  const own = await sessions.list(id);
  if (own.some((each) => each.id === session)) {
    await sessions.end(session);
    await recordAct(db, ctx, 'logout', userModel(user), { session });
  }
  return seeOther(rootOf(user), 'portal.sessions.ended');
}
