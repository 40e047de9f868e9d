// One transaction around several rules. A rule that is called with a transaction takes part in it instead of opening
// another one (PGlite knows no savepoints), and nobody hears of a change that was rolled back.
import type { Publisher } from './changes.ts';
import type { Db } from './database.ts';

/** Runs `work` in the caller's transaction, or in a new one whose changes are published once it is committed. */
export async function inTransaction<Result>(
  db: Db,
  changes: Publisher,
  work: (tx: Db, changes: Publisher) => Promise<Result>,
): Promise<Result> {
  const isTransaction = !('$connect' in db);
  if (isTransaction) return work(db, changes);

  const held: (() => void)[] = [];
  const publisher: Publisher = {
    publish: (kind, change) => void held.push(() => changes.publish(kind, change)),
  };
  const result = await db.$transaction((tx) => work(tx, publisher));
  for (const publish of held) publish();
  return result;
}
