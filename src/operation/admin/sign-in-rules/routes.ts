// /if/admin/sign-in-rules/: who must sign in with a second factor.
import { z } from 'zod';
import { getMfaDemand, listMfaDemands, setMfaDemand } from '../../../identity/access/mfa-demand.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { MfaDemand } from '../../../platform/database/generated/enums.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator, recentAdministrator } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import type { Page } from '../../../platform/view/page.ts';
import { recordAct } from '../audit.ts';
import { signInRulesPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
}

const ROOT = '/if/admin/sign-in-rules/';

const nothing = z.object({});
const edited = z.object({ demand: z.enum(MfaDemand) });

export function signInRuleRoutes(needs: Needs): Route[] {
  const again = { again: (ctx: Context) => show(needs, ctx) };
  return [
    get(ROOT, administrator, nothing, (ctx) => show(needs, ctx)),
    post(ROOT, recentAdministrator, edited, (ctx, form) => edit(needs, ctx, form), again),
  ];
}

async function show({ db }: Needs, ctx: Context): Promise<Page> {
  return signInRulesPage(ctx.state.t, await getMfaDemand(db), await listMfaDemands(db));
}

async function edit(
  { db, changes }: Needs,
  ctx: Context,
  { demand }: z.output<typeof edited>,
): Promise<Answer> {
  await setMfaDemand(db, changes, demand);
  const model = { app: 'identity.access', model_name: 'mfademand', pk: 1, name: 'second factor' };
  await recordAct(db, ctx, 'model_updated', model, { demand });
  return seeOther(ROOT, 'admin.signInRules.saved');
}
