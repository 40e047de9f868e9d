// /api/v3/core/users/me/: who the credentials belong to. Clients call it first, to see whether they work.
import { z } from 'zod';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import { UserType } from '../../../platform/database/generated/enums.ts';
import { viewerOf } from '../../../platform/http/guard.ts';
import { authenticated } from '../../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../../platform/rest/operation.ts';
import { representUser } from '../representation.ts';
import { getUser } from '../user.ts';

const selfShape = z.object({
  pk: z.int(),
  username: z.string(),
  name: z.string(),
  is_active: z.boolean(),
  is_superuser: z.boolean(),
  is_current: z.boolean(),
  groups: z.array(z.object({ name: z.string(), pk: z.uuid() })),
  roles: z.array(z.string()),
  email: z.string(),
  avatar: z.string(),
  uid: z.string(),
  settings: z.record(z.string(), z.unknown()),
  type: z.enum(UserType),
  system_permissions: z.array(z.string()),
});

export function meApi({ db }: { db: PrismaClient }): Operation[] {
  return [
    operation({
      id: 'core_users_me_retrieve',
      method: 'GET',
      path: 'core/users/me/',
      summary: 'Who am I',
      guard: authenticated,
      answer: z.object({ user: selfShape, users: z.array(selfShape) }).meta({ title: 'SessionUser' }),
      handler: async ({ ctx }) => {
        const user = await representUser(db, await getUser(db, viewerOf(ctx).userId));
        const groups = (user.groups_obj ?? []).map(({ name, pk }) => ({ name, pk }));
        const self = {
          ...user,
          groups,
          is_current: true,
          settings: Object(user.attributes.settings),
          system_permissions: user.is_superuser ? ['access_admin_interface'] : [],
        };
        return { user: self, users: [self] };
      },
    }),
  ];
}
