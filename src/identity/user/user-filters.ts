// What a list of users can be narrowed by.
import { z } from 'zod';
import { given } from '../../platform/database/columns.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { UserType } from '../../platform/database/generated/enums.ts';
import { text } from '../../platform/problem/field.ts';
import { flag, several } from '../../platform/rest/listing.ts';
import { nameKey } from './user-fields.ts';

/** authentik's names; those of groups match direct members. */
export const userFilters = z.object({
  username: text.optional(),
  email: text.optional(),
  name: text.optional(),
  uuid: z.uuid().optional(),
  is_active: flag.optional(),
  is_superuser: flag.optional(),
  type: several(z.enum(UserType)).optional(),
  path: text.optional(),
  path_startswith: text.optional(),
  groups_by_name: several(text).optional(),
  groups_by_pk: several(z.uuid()).optional(),
});

/** The condition for users that match all filters and, somewhere in their names, the search. */
export function usersThat(
  query: z.output<typeof userFilters>,
  search: string,
  administratorIds: number[],
): Prisma.UserWhereInput {
  const { username, email, is_superuser, path_startswith, groups_by_name, groups_by_pk, type } = query;
  const { uuid, name, path, is_active: isActive } = query;
  const conditions: (Prisma.UserWhereInput | false)[] = [
    given({ uuid, name, path, isActive }),
    username !== undefined && { usernameKey: nameKey(username) },
    email !== undefined && { emailKey: nameKey(email) },
    type !== undefined && { type: { in: type } },
    path_startswith !== undefined && { path: { startsWith: path_startswith } },
    is_superuser !== undefined && { id: { [is_superuser ? 'in' : 'notIn']: administratorIds } },
    groups_by_name !== undefined && inGroups({ name: { in: groups_by_name } }),
    groups_by_pk !== undefined && inGroups({ id: { in: groups_by_pk } }),
    search !== '' && { OR: ['username', 'name', 'email'].map((field) => ({ [field]: found(search) })) },
  ];
  return { AND: conditions.filter((condition) => condition !== false) };
}

function inGroups(group: Prisma.GroupWhereInput): Prisma.UserWhereInput {
  return { memberships: { some: { group } } };
}

function found(search: string) {
  return { contains: search, mode: 'insensitive' as const };
}
