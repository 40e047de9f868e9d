// What people changed through pages, in the audit trail: who, from where, in which request.
import { actorOf, type Model } from '../../identity/event/actor.ts';
import { type EventAction, recordEvent } from '../../identity/event/event.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { Context } from '../../platform/http/context.ts';

const SAME_VIEW_SECONDS = 10 * 60;

/** Records that the viewer was shown a secret of that; once for a while of going to and fro between pages. */
export async function recordSecretView(db: Db, ctx: Context, model: Model): Promise<void> {
  const since = new Date(Date.now() - SAME_VIEW_SECONDS * 1000);
  const userId = actorOf(ctx).userId ?? null;
  const context = { path: ['model', 'pk'], equals: model.pk };
  const isKnown = await db.event.count({
    where: { action: 'secret_view', userId, createdAt: { gt: since }, context },
  });
  if (isKnown === 0) await recordAct(db, ctx, 'secret_view', model);
}

/** Records that the viewer did this to that; `details` says what of it changed. */
export function recordAct(
  db: Db,
  ctx: Context,
  action: EventAction,
  model: Model,
  details: Prisma.InputJsonObject = {},
): Promise<void> {
  const context = { model: { ...model }, ...details };
  return recordEvent(db, { action, source: model.app, ...actorOf(ctx), context });
}
