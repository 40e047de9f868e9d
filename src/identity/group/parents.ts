// Which groups stand above a group. Cycles are refused here, when saved; the recursive queries that read the tree end
// all the same, because they gather each group once.
import type { Db } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';

/** Replaces the parents (in the caller's transaction); throws InvalidInput for an unknown one, and for a cycle. */
export async function setParents(tx: Db, childId: string, parentIds: readonly string[]): Promise<void> {
  const parents = [...new Set(parentIds)];
  // Two requests that each add one half of a cycle would both find the tree in order.
  await tx.$queryRaw`SELECT 1 AS locked FROM installation WHERE id = 1 FOR UPDATE`;
  await refuseUnknown(tx, parents);
  await refuseCycle(tx, childId, parents);
  await tx.groupParent.deleteMany({ where: { childId } });
  await tx.groupParent.createMany({ data: parents.map((parentId) => ({ childId, parentId })) });
}

async function refuseUnknown(tx: Db, parents: string[]): Promise<void> {
  const known = await tx.group.count({ where: { id: { in: parents } } });
  if (known !== parents.length) throw new InvalidInput({ parents: ['There is no such group.'] });
}

async function refuseCycle(tx: Db, childId: string, parents: string[]): Promise<void> {
  const [row] = await tx.$queryRaw<[{ isBelow: boolean }]>`
    WITH RECURSIVE below (id) AS (
      SELECT ${childId}::uuid
      UNION
      SELECT parent.child_id FROM group_parents parent JOIN below ON parent.parent_id = below.id
    )
    SELECT EXISTS (SELECT 1 FROM below WHERE id = ANY (${parents}::uuid[])) AS "isBelow"`;
  if (row.isBelow) throw new InvalidInput({ parents: ['A group cannot stand above itself.'] });
}
