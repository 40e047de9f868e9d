// What people changed through pages, in the audit trail: who, from where, in which request.
import { type EventAction, recordEvent } from '../../identity/event/event.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { Context } from '../../platform/http/context.ts';
import { viewerOf } from '../../platform/http/guard.ts';

/** Records that the viewer did this; `context` says to what. `source` is the room, for example `identity.user`. */
export function recordAct(
  db: Db,
  ctx: Context,
  source: string,
  action: EventAction,
  context: Prisma.InputJsonObject,
): Promise<void> {
  const { userId, username } = viewerOf(ctx);
  const { clientAddress, requestId } = ctx.state;
  return recordEvent(db, { action, source, userId, username, context, clientAddress, requestId });
}
