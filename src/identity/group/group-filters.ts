// What a list of groups can be narrowed by.
import { z } from 'zod';
import { given } from '../../platform/database/columns.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { int32, text } from '../../platform/problem/field.ts';
import { flag, several } from '../../platform/rest/listing.ts';
import { nameKey } from '../user/user-fields.ts';

/** authentik's names; members are direct members. `include_users=false` spares the reader of large groups. */
export const groupFilters = z.object({
  name: text.optional(),
  is_superuser: flag.optional(),
  members_by_pk: several(int32).optional(),
  members_by_username: several(text).optional(),
  include_users: flag.default(true),
});

export function groupsThat(query: z.output<typeof groupFilters>, search: string): Prisma.GroupWhereInput {
  const { name, is_superuser: isSuperuser, members_by_pk, members_by_username } = query;
  const conditions: (Prisma.GroupWhereInput | false)[] = [
    given({ name, isSuperuser }),
    members_by_pk !== undefined && withMember({ id: { in: members_by_pk } }),
    members_by_username !== undefined &&
      withMember({ usernameKey: { in: members_by_username.map(nameKey) } }),
    search !== '' && { name: { contains: search, mode: 'insensitive' } },
  ];
  return { AND: conditions.filter((condition) => condition !== false) };
}

function withMember(user: Prisma.UserWhereInput): Prisma.GroupWhereInput {
  return { memberships: { some: { user } } };
}
