// What people changed through pages, in the audit trail: who, from where, in which request.
import { actorOf, type Model } from '../../identity/event/actor.ts';
import { type EventAction, recordEvent } from '../../identity/event/event.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { Context } from '../../platform/http/context.ts';

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
