// /api/v3/core/groups/: groups and their members, for administrators. Whoever may put somebody into a superuser group
// makes administrators, so every way of doing it has the same guard (CVE-2026-40172).
import { z } from 'zod';
import type { Publisher } from '../../platform/database/changes.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { recently, superuser } from '../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { modelEvent } from '../event/actor.ts';
import { recordEvent } from '../event/event.ts';
import { recorder } from '../event/recorder.ts';
import {
  createGroup,
  deleteGroup,
  type Group,
  getGroup,
  listGroups,
  newGroup,
  updateGroup,
} from './group.ts';
import { groupFilters, groupsThat } from './group-filters.ts';
import { addUser, removeUser, setMembers } from './membership.ts';
import { groupShape, representGroup, representGroups } from './representation.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
}

const key = z.object({ group_uuid: z.uuid() });

const { name, attributes, parents } = newGroup.shape;
const fields = z.strictObject({
  name,
  attributes,
  parents,
  is_superuser: z.boolean().optional(),
  /** Replaces the whole membership. */
  users: z.array(z.int32()).optional(),
  roles: z
    .array(z.string())
    .max(0, 'Gatelodge has no roles: superuser groups make administrators.')
    .optional(),
});

export function groupApi({ db, changes }: Needs): Operation[] {
  return [
    membershipOperation('add_user', 'Put a user in the group', { db, changes }, addUser),
    membershipOperation('remove_user', 'Take a user out of the group', { db, changes }, removeUser),
    ...groups({ db, changes }),
  ];
}

function groups({ db, changes }: Needs): Operation[] {
  const write = recorder({ db, changes }, modelOf);
  return resource({
    path: 'core/groups',
    name: 'Group',
    key,
    shape: groupShape,
    fields,
    filters: groupFilters,
    guards: { read: superuser, write: recently(superuser) },
    ordering: { name: 'name', is_superuser: 'isSuperuser', num_pk: 'number' },

    list: async ({ query, search, orderBy, skip, take }) => {
      const { count, results } = await listGroups(db, {
        where: groupsThat(query, search),
        orderBy,
        skip,
        take,
      });
      return { count, results: await representGroups(db, results, query.include_users) };
    },
    get: async ({ parameters }) => representGroup(db, await getGroup(db, parameters.group_uuid)),
    create: async ({ ctx, body: { users, ...rest } }) => {
      const group = await write(ctx, 'model_created', async (tx, publisher) => {
        const created = await createGroup(tx, publisher, { ...inputOf(rest), name: rest.name });
        if (users) await setMembers(tx, publisher, created.id, users);
        return created;
      });
      return representGroup(db, group);
    },
    update: async ({ ctx, parameters: { group_uuid: id }, body: { users, ...rest } }) => {
      const group = await write(ctx, 'model_updated', async (tx, publisher) => {
        if (users) await setMembers(tx, publisher, id, users);
        return updateGroup(tx, publisher, id, inputOf(rest));
      });
      return representGroup(db, group);
    },
    delete: async ({ ctx, parameters: { group_uuid: id } }) => {
      await write(ctx, 'model_deleted', async (tx, publisher) => {
        const group = await getGroup(tx, id);
        await deleteGroup(tx, publisher, id);
        return group;
      });
    },
  });
}

function membershipOperation(
  action: string,
  summary: string,
  { db, changes }: Needs,
  change: typeof addUser,
): Operation {
  return operation({
    id: `core_groups_${action}_create`,
    method: 'POST',
    path: `core/groups/{group_uuid}/${action}/`,
    summary,
    guard: recently(superuser),
    parameters: key,
    body: z.strictObject({ pk: z.int32() }),
    handler: ({ ctx, parameters: { group_uuid: id }, body }) =>
      inTransaction(db, changes, async (tx, publisher) => {
        await change(tx, publisher, id, body.pk);
        const event = modelEvent(ctx, 'model_updated', modelOf(await getGroup(tx, id)));
        await recordEvent(tx, { ...event, context: { ...event.context, [action]: body.pk } });
      }),
  });
}

function inputOf(body: Partial<Omit<z.output<typeof fields>, 'users'>>) {
  const { is_superuser: isSuperuser, roles: _none, ...same } = body;
  return { ...same, isSuperuser };
}

function modelOf({ id, name: label }: Group) {
  return { app: 'identity.group', model_name: 'group', pk: id, name: label };
}
