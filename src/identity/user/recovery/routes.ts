// /if/admin/users/:id/recovery/: an administrator helps somebody who cannot sign in: with a link, on the screen or by
// mail, and by ending a lockout.
import { z } from 'zod';
import { recordAct } from '../../../operation/admin/audit.ts';
import { userModel } from '../../../operation/admin/model.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator, recentAdministrator } from '../../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther, post as submit } from '../../../platform/http/route.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { int32 } from '../../../platform/problem/field.ts';
import { Conflict } from '../../../platform/problem/problem.ts';
import type { Page } from '../../../platform/view/page.ts';
import { isLockedOut, liftLockout } from '../../../signin/session/lockout.ts';
import { mayRecoverByMail, writeRecoveryLetter } from '../../../signin/stage/recovery/recovery.ts';
import { issueRecoveryLink } from '../../../signin/stage/recovery-link/recovery-link.ts';
import { getUser } from '../user.ts';
import { linkPage, recoveryPage, rootOf } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly post: Post;
}

const ROOT = '/if/admin/users/:id/recovery/';
const one = z.object({ id: int32 });
type One = z.output<typeof one>;

export function userRecoveryRoutes(needs: Needs): Route[] {
  return [
    get(ROOT, administrator, one, (ctx, input) => show(needs, ctx, input)),
    submit(`${ROOT}link/`, recentAdministrator, one, (ctx, input) => makeLink(needs, ctx, input)),
    submit(`${ROOT}mail/`, recentAdministrator, one, (ctx, input) => mailLink(needs, ctx, input)),
    submit(`${ROOT}unlock/`, administrator, one, (ctx, input) => unlock(needs, ctx, input)),
  ];
}

async function show({ db, post }: Needs, ctx: Context, { id }: One): Promise<Page> {
  const user = await getUser(db, id);
  return recoveryPage(ctx.state.t, user, {
    isLocked: await isLockedOut(db, user),
    canMail: post.isOpen && mayRecoverByMail(user),
  });
}

/** The link is on this one answer and nowhere else. */
async function makeLink({ db }: Needs, ctx: Context, { id }: One): Promise<Page> {
  const user = await getUser(db, id);
  if (!user.isActive) throw new Conflict(ctx.state.t('admin.recovery.isInactive'));
  const path = await issueRecoveryLink(db, id);
  await recordAct(db, ctx, 'secret_view', userModel(user), { recovery: 'link' });
  return linkPage(ctx.state.t, user, new URL(path, ctx.state.origin).href);
}

async function mailLink({ db, post }: Needs, ctx: Context, { id }: One): Promise<Answer> {
  const user = await getUser(db, id);
  if (!mayRecoverByMail(user)) throw new Conflict(ctx.state.t('admin.recovery.cannotMail'));
  const { clientAddress, requestId } = ctx.state;
  await post.send(await writeRecoveryLetter(db, user, { clientAddress, requestId }));
  return seeOther(rootOf(user), 'admin.recovery.mailed');
}

async function unlock({ db }: Needs, ctx: Context, { id }: One): Promise<Answer> {
  const user = await getUser(db, id);
  await liftLockout(db, user);
  await recordAct(db, ctx, 'user_write', userModel(user), { lockout: 'lifted' });
  return seeOther(rootOf(user), 'admin.recovery.unlocked');
}
