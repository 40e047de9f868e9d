// What the command line changed, in the audit trail: whoever can run it owns the machine, so there is no user to name.
import { type EventAction, recordEvent } from '../../identity/event/event.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';

/** Records that a command did this; `context` says to what. */
export function recordCommand(db: Db, action: EventAction, context: Prisma.InputJsonObject): Promise<void> {
  return recordEvent(db, { action, source: 'operation.cli', username: 'command line', context });
}
