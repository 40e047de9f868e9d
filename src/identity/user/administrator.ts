// Who administers the installation: everybody in a superuser group. One that had somebody to administer it keeps
// somebody: the last active person among them can be neither deleted, nor deactivated, nor demoted, also when two
// requests try it at the same moment.
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { Conflict } from '../../platform/problem/problem.ts';

/** Ids of all users in a superuser group, directly or through its child groups. */
export async function listAdministratorIds(db: Db): Promise<number[]> {
  const rows = await db.$queryRaw<{ id: number }[]>`
    WITH RECURSIVE superuser_groups (id) AS (
      SELECT id FROM groups WHERE is_superuser
      UNION
      SELECT parent.child_id FROM group_parents parent JOIN superuser_groups above ON parent.parent_id = above.id
    )
    SELECT DISTINCT membership.user_id AS id
      FROM group_memberships membership JOIN superuser_groups ON superuser_groups.id = membership.group_id`;
  return rows.map(({ id }) => id);
}

/** Runs `work` in a transaction; throws Conflict, undoing it, if it took the last administrator away. */
export function keepAnAdministrator<Result>(
  db: Db,
  changes: Publisher,
  work: (tx: Db, changes: Publisher) => Promise<Result>,
): Promise<Result> {
  return inTransaction(db, changes, async (tx, publisher) => {
    // One at a time: two administrators who delete each other must not both succeed.
    await tx.$queryRaw`SELECT 1 AS locked FROM installation WHERE id = 1 FOR UPDATE`;
    const hadAdministrator = await hasAdministrator(tx);
    const result = await work(tx, publisher);
    if (hadAdministrator && !(await hasAdministrator(tx))) {
      throw new Conflict(
        'This would leave nobody to administer Gatelodge. Make somebody else an administrator first.',
      );
    }
    return result;
  });
}

/** Service accounts do not count: nobody could sign in as one. */
async function hasAdministrator(tx: Db): Promise<boolean> {
  const people = { isActive: true, type: { in: ['internal' as const, 'external' as const] } };
  const found = await tx.user.findFirst({
    where: { id: { in: await listAdministratorIds(tx) }, ...people },
    select: { id: true },
  });
  return found !== null;
}
