// /if/user/activity/: what happened to one's account lately, from the audit trail.
import { z } from 'zod';
import { listEvents } from '../../../identity/event/event.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Prisma } from '../../../platform/database/generated/client.ts';
import type { Context } from '../../../platform/http/context.ts';
import { signedIn, viewerOf } from '../../../platform/http/guard.ts';
import { get, type Route } from '../../../platform/http/route.ts';
import type { Page } from '../../../platform/view/page.ts';
import { activityPage } from './views.ts';

const SHOWN = 50;

export function activityRoutes({ db }: { readonly db: Db }): Route[] {
  return [get('/if/user/activity/', signedIn, z.object({}), (ctx) => show(db, ctx))];
}

/** What the person did, and what others did to their account. */
async function show(db: Db, ctx: Context): Promise<Page> {
  const { userId } = viewerOf(ctx);
  const about: Prisma.EventWhereInput[] = [
    { context: { path: ['model', 'model_name'], equals: 'user' } },
    { context: { path: ['model', 'pk'], equals: userId } },
  ];
  const { results } = await listEvents(db, { where: { OR: [{ userId }, { AND: about }] }, take: SHOWN });
  return activityPage(ctx.state, results, userId);
}
