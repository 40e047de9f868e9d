// How the API shows a group: authentik's field names and forms.
import { z } from 'zod';
import type { Db } from '../../platform/database/database.ts';
import { attributesShape, partialUserShape, representPartialUser } from '../user/representation.ts';
import type { Group } from './group.ts';

const relatedGroupShape = z.object({
  pk: z.uuid(),
  group_uuid: z.uuid(),
  name: z.string(),
  is_superuser: z.boolean(),
  attributes: attributesShape,
});

export const groupShape = z.object({
  pk: z.uuid(),
  num_pk: z.int(),
  name: z.string(),
  is_superuser: z.boolean(),
  parents: z.array(z.uuid()),
  parents_obj: z.array(relatedGroupShape).nullable(),
  users: z.array(z.int()),
  users_obj: z.array(partialUserShape).nullable(),
  attributes: attributesShape,
  roles: z.array(z.string()),
  roles_obj: z.array(z.string()),
  inherited_roles_obj: z.array(z.string()).nullable(),
  children: z.array(z.uuid()),
  children_obj: z.array(relatedGroupShape).nullable(),
});

type GroupRepresentation = z.input<typeof groupShape>;

/** The groups as the API shows them; without users_obj where nobody asked for it. */
export async function representGroups(
  db: Db,
  groups: readonly Group[],
  mayIncludeUsers = true,
): Promise<GroupRepresentation[]> {
  const memberships = await db.groupMembership.findMany({
    where: { groupId: { in: groups.map(({ id }) => id) } },
    include: { user: { omit: { passwordHash: true } } },
    orderBy: { userId: 'asc' },
  });
  const members = Map.groupBy(memberships, ({ groupId }) => groupId);
  return groups.map((group) => {
    const users = (members.get(group.id) ?? []).map(({ user }) => user);
    const usersPart = {
      users: users.map(({ id }) => id),
      users_obj: mayIncludeUsers ? users.map(representPartialUser) : null,
    };
    return { ...facts(group), ...usersPart };
  });
}

/** One group as the API shows it. */
export async function representGroup(db: Db, group: Group): Promise<GroupRepresentation> {
  const [representation] = await representGroups(db, [group]);
  if (!representation) throw new Error('one group has one representation');
  return representation;
}

function facts(group: Group) {
  const parents = group.parents.map(({ parent }) => parent);
  const children = group.children.map(({ child }) => child);
  return {
    pk: group.id,
    num_pk: group.number,
    name: group.name,
    is_superuser: group.isSuperuser,
    attributes: Object(group.attributes),
    parents: parents.map(({ id }) => id),
    parents_obj: parents.map(representRelative),
    children: children.map(({ id }) => id),
    children_obj: children.map(representRelative),
    roles: [],
    roles_obj: [],
    inherited_roles_obj: [],
  };
}

function representRelative({ id, name, isSuperuser, attributes }: Group['parents'][number]['parent']) {
  return { pk: id, group_uuid: id, name, is_superuser: isSuperuser, attributes: Object(attributes) };
}
