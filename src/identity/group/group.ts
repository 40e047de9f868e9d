// Groups: who belongs together. A group may have several parents; its members are members of all of them, so both
// rights and claims look at a user's effective groups. A group with the superuser flag makes administrators.
import { z } from 'zod';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import { type Db, isUniqueViolation } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { Listed, ListQuery } from '../../platform/database/listed.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { jsonObject, lineOfText } from '../../platform/problem/field.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { validate } from '../../platform/problem/validate.ts';
import { keepAnAdministrator } from '../user/administrator.ts';
import { refuseOpening } from '../user/opening.ts';
import { setParents } from './parents.ts';

// The outpost joins names with | in X-authentik-groups: a name that holds it would be read as two groups.
export const groupName = lineOfText
  .min(1)
  .max(255)
  .regex(/^[^|]*$/, 'The sign | is not allowed.');

export const groupPatch = z.strictObject({
  name: groupName.optional(),
  isSuperuser: z.boolean().optional(),
  mustUseMfa: z.boolean().optional(),
  attributes: jsonObject.optional(),
  /** Ids of the groups that this one's members also belong to; replaces those it had. */
  parents: z.array(z.uuid()).max(100).optional(),
});

export const newGroup = groupPatch.extend({ name: groupName });

export type GroupPatch = z.input<typeof groupPatch>;
export type NewGroup = z.input<typeof newGroup>;

const relative = { select: { id: true, name: true, isSuperuser: true, attributes: true } };
const withRelatives = {
  parents: { select: { parent: relative } },
  children: { select: { child: relative } },
} satisfies Prisma.GroupInclude;

/** A group with its direct parents and children. */
export type Group = Prisma.GroupGetPayload<{ include: typeof withRelatives }>;

/** Throws InvalidInput for a field at fault, a name that is taken, or an unknown parent. */
export async function createGroup(db: Db, changes: Publisher, input: NewGroup): Promise<Group> {
  const { parents = [], name, ...fields } = validate(newGroup, input);
  return inTransaction(db, changes, async (tx, publisher) => {
    const { id } = await tx.group.create({ data: { ...columns(fields), name } }).catch(refuseTakenName);
    await setParents(tx, id, parents);
    publisher.publish('group', { id });
    return getGroup(tx, id);
  });
}

/** Changes the given fields only; throws Conflict if nobody could administer the installation afterwards. */
export async function updateGroup(db: Db, changes: Publisher, id: string, input: GroupPatch): Promise<Group> {
  const { parents, ...fields } = validate(groupPatch, input);
  return keepAnAdministrator(db, changes, async (tx, publisher) => {
    await getGroup(tx, id);
    await tx.group.update({ where: { id }, data: columns(fields) }).catch(refuseTakenName);
    if (parents) await setParents(tx, id, parents);
    publisher.publish('group', { id });
    return getGroup(tx, id);
  });
}

/** Deletes the group and what hangs on it: memberships, parentage, access bindings; throws Conflict where that opens a door. */
export async function deleteGroup(db: Db, changes: Publisher, id: string): Promise<void> {
  await keepAnAdministrator(db, changes, async (tx, publisher) => {
    await getGroup(tx, id);
    await refuseOpening(tx, { groupId: id });
    await tx.group.delete({ where: { id } });
    publisher.publish('group', { id });
  });
}

export async function findGroup(db: Db, id: string): Promise<Group | undefined> {
  return (await db.group.findUnique({ where: { id }, include: withRelatives })) ?? undefined;
}

export async function findGroupByName(db: Db, name: string): Promise<Group | undefined> {
  return (await db.group.findUnique({ where: { name }, include: withRelatives })) ?? undefined;
}

/** Throws NotFound. */
export async function getGroup(db: Db, id: string): Promise<Group> {
  const group = await findGroup(db, id);
  if (!group) throw new NotFound('There is no such group.');
  return group;
}

export type GroupQuery = ListQuery<Prisma.GroupWhereInput, Prisma.GroupOrderByWithRelationInput>;

/** A page of groups, by name unless ordered otherwise, with the number of all that match. */
export async function listGroups(db: Db, query: GroupQuery = {}): Promise<Listed<Group>> {
  const { where = {}, orderBy = [{ name: 'asc' }], skip = 0, take = 100 } = query;
  const [count, results] = await Promise.all([
    db.group.count({ where }),
    db.group.findMany({ where, orderBy, skip, take, include: withRelatives }),
  ]);
  return { count, results };
}

function columns({ attributes, ...rest }: Omit<z.output<typeof groupPatch>, 'parents'>) {
  return { ...given(rest), ...(attributes && { attributes: attributes as Prisma.InputJsonObject }) };
}

function refuseTakenName(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw new InvalidInput({ name: ['A group with that name already exists.'] }, { cause: error });
}
