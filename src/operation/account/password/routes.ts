// /if/user/password/: changing one's own password.
import { z } from 'zod';
import { hasPassword } from '../../../identity/user/password.ts';
import { getUser } from '../../../identity/user/user.ts';
import type { Context } from '../../../platform/http/context.ts';
import { recentlySignedIn, viewerOf } from '../../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther, post as submit } from '../../../platform/http/route.ts';
import type { Page } from '../../../platform/view/page.ts';
import { recordAct } from '../../admin/audit.ts';
import { userModel } from '../../admin/model.ts';
import { changePassword, type Needs } from './change-password.ts';
import { passwordPage } from './views.ts';

const PATH = '/if/user/password/';
const nothing = z.object({});
const changed = z
  .object({
    old_password: z.string().optional(),
    password: z.string().min(1),
    password_repeat: z.string(),
  })
  .refine((given) => given.password === given.password_repeat, {
    path: ['password_repeat'],
    error: 'user.password.differ',
  });

export function passwordRoutes(needs: Needs): Route[] {
  return [
    get(PATH, recentlySignedIn, nothing, (ctx) => show(needs, ctx)),
    submit(PATH, recentlySignedIn, changed, (ctx, form) => change(needs, ctx, form), {
      again: (ctx) => show(needs, ctx),
    }),
  ];
}

async function show({ db }: Needs, ctx: Context): Promise<Page> {
  const { id, username } = await getUser(db, viewerOf(ctx).userId);
  return passwordPage(ctx.state.t, username, await hasPassword(db, id));
}

async function change(needs: Needs, ctx: Context, form: z.output<typeof changed>): Promise<Answer> {
  const { userId, sessionId } = viewerOf(ctx);
  const { clientAddress } = ctx.state;
  const { old_password: old, password } = form;
  const user = await changePassword(needs, { userId, sessionId, clientAddress, old, password });
  await recordAct(needs.db, ctx, 'password_set', userModel(user));
  return seeOther('/if/user/profile/', 'portal.password.changed');
}
