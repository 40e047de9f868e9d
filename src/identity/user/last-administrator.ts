// An installation that had somebody to administer it keeps somebody: the last active person in a superuser group can
// be neither deleted, nor deactivated, nor demoted, also when two requests try it at the same moment.
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { Conflict } from '../../platform/problem/problem.ts';

/** Runs `work` in a transaction; throws Conflict, undoing it, if it took the last administrator away. */
export function keepAnAdministrator<Result>(
  db: Db,
  changes: Publisher,
  work: (tx: Db, changes: Publisher) => Promise<Result>,
): Promise<Result> {
  return inTransaction(db, changes, async (tx, publisher) => {
    // One at a time: two administrators who delete each other must not both succeed.
    await tx.$queryRaw`SELECT 1 AS locked FROM installation WHERE id = 1 FOR UPDATE`;
    const hadAdministrators = (await countAdministrators(tx)) > 0;
    const result = await work(tx, publisher);
    if (hadAdministrators && (await countAdministrators(tx)) === 0) {
      throw new Conflict(
        'This would leave nobody to administer Gatelodge. Make somebody else an administrator first.',
      );
    }
    return result;
  });
}

/** Active people (not service accounts) in a superuser group, directly or through its child groups. */
async function countAdministrators(tx: Db): Promise<number> {
  const [row] = await tx.$queryRaw<[{ count: bigint }]>`
    WITH RECURSIVE superuser_groups (id) AS (
      SELECT id FROM groups WHERE is_superuser
      UNION
      SELECT parent.child_id FROM group_parents parent JOIN superuser_groups above ON parent.parent_id = above.id
    )
    SELECT count(DISTINCT users.id) AS count
      FROM users
      JOIN group_memberships membership ON membership.user_id = users.id
      JOIN superuser_groups ON superuser_groups.id = membership.group_id
     WHERE users.is_active AND users.type IN ('internal', 'external')`;
  return Number(row.count);
}
