// What the command line changed, in the audit trail: whoever can run it owns the machine, so there is no user to name.
import type { Model } from '../../identity/event/actor.ts';
import { type EventAction, recordEvent } from '../../identity/event/event.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';

/** Records that a command did this to that; `details` says what of it changed. */
export function recordCommand(
  db: Db,
  action: EventAction,
  model: Model,
  details: Prisma.InputJsonObject = {},
): Promise<void> {
  const context = { model: { ...model }, ...details };
  return recordEvent(db, { action, source: 'operation.cli', username: 'command line', context });
}
