// Who is in which group: direct membership, which is what people edit, and effective groups, which is what counts.
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';
import { keepAnAdministrator } from '../user/administrator.ts';
import { getUser } from '../user/user.ts';
import { getGroup } from './group.ts';

/** A group that counts for a user, because they are in it or in one of its descendants. */
export interface EffectiveGroup {
  readonly id: string;
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly attributes: Prisma.JsonObject;
}

/** All groups of the user, ordered by name: those they are in, and everything above them. One query. */
export async function groupsOfUser(db: Db, userId: number): Promise<EffectiveGroup[]> {
  return db.$queryRaw<EffectiveGroup[]>`
    WITH RECURSIVE effective (id) AS (
      SELECT group_id FROM group_memberships WHERE user_id = ${userId}
      UNION
      SELECT parent.parent_id FROM group_parents parent JOIN effective ON parent.child_id = effective.id
    )
    SELECT groups.id, groups.name, groups.is_superuser AS "isSuperuser", groups.attributes
      FROM groups JOIN effective ON effective.id = groups.id
     ORDER BY groups.name`;
}

/** Whether the user is in a superuser group, directly or through its descendants. */
export async function isAdministrator(db: Db, userId: number): Promise<boolean> {
  return (await groupsOfUser(db, userId)).some((group) => group.isSuperuser);
}

/** Puts the user in the group; nothing happens if they are in it. Throws NotFound. */
export async function addUser(db: Db, changes: Publisher, groupId: string, userId: number): Promise<void> {
  await getGroup(db, groupId);
  await getUser(db, userId);
  await db.groupMembership.createMany({ data: { groupId, userId }, skipDuplicates: true });
  changes.publish('user', { id: userId });
}

/** Takes the user out of the group; throws NotFound, and Conflict for the last administrator. */
export async function removeUser(db: Db, changes: Publisher, groupId: string, userId: number): Promise<void> {
  await keepAnAdministrator(db, changes, async (tx, publisher) => {
    await getGroup(tx, groupId);
    await getUser(tx, userId);
    await tx.groupMembership.deleteMany({ where: { groupId, userId } });
    publisher.publish('user', { id: userId });
  });
}

/** Puts the user in exactly these groups. */
export async function setGroupsOfUser(
  db: Db,
  changes: Publisher,
  userId: number,
  groupIds: readonly string[],
): Promise<void> {
  const groups = [...new Set(groupIds)];
  await keepAnAdministrator(db, changes, async (tx, publisher) => {
    const known = await tx.group.count({ where: { id: { in: groups } } });
    if (known !== groups.length) throw new InvalidInput({ groups: ['There is no such group.'] });
    await tx.groupMembership.deleteMany({ where: { userId } });
    await tx.groupMembership.createMany({ data: groups.map((groupId) => ({ groupId, userId })) });
    publisher.publish('user', { id: userId });
  });
}

/** Makes exactly these users the group's direct members. */
export async function setMembers(
  db: Db,
  changes: Publisher,
  groupId: string,
  userIds: readonly number[],
): Promise<void> {
  const users = [...new Set(userIds)];
  await keepAnAdministrator(db, changes, async (tx, publisher) => {
    const known = await tx.user.count({ where: { id: { in: users } } });
    if (known !== users.length) throw new InvalidInput({ users: ['There is no such user.'] });
    await tx.groupMembership.deleteMany({ where: { groupId } });
    await tx.groupMembership.createMany({ data: users.map((userId) => ({ groupId, userId })) });
    publisher.publish('group', { id: groupId });
  });
}

/** How many people are directly in each group, by group id; groups without any are not among them. */
export async function countMembers(db: Db): Promise<Map<string, number>> {
  const counts = await db.groupMembership.groupBy({ by: ['groupId'], _count: { userId: true } });
  return new Map(counts.map(({ groupId, _count }) => [groupId, _count.userId]));
}
