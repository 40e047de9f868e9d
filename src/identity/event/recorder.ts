// A write through the API and its entry in the audit trail: both or neither.
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import type { Context } from '../../platform/http/context.ts';
import { type Model, type ModelAction, modelEvent } from './actor.ts';
import { recordEvent } from './event.ts';

type Write<Row> = (tx: Db, changes: Publisher) => Promise<Row>;

/** A function that runs a write in a transaction, records the action there, and returns the row that was written. */
export function recorder<Row>({ db, changes }: { db: Db; changes: Publisher }, modelOf: (row: Row) => Model) {
  return (ctx: Context, action: ModelAction, write: Write<Row>): Promise<Row> =>
    inTransaction(db, changes, async (tx, publisher) => {
      const row = await write(tx, publisher);
      await recordEvent(tx, modelEvent(ctx, action, modelOf(row)));
      return row;
    });
}
