// /api/v3/policies/bindings/: who may open which application. Its target is an application (by its pk), and it names a
// group or a user; authentik's policies by expression are not among what we have.
import { z } from 'zod';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import type { Prisma, PrismaClient } from '../../platform/database/generated/client.ts';
import { int32 } from '../../platform/problem/field.ts';
import { flag } from '../../platform/rest/listing.ts';
import type { Operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { recorder } from '../event/recorder.ts';
import {
  partialGroupShape,
  partialUserShape,
  representPartialGroup,
  representPartialUser,
} from '../user/representation.ts';
import {
  type AccessBinding,
  createBinding,
  deleteBinding,
  getBinding,
  listBindings,
  updateBinding,
} from './binding.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
}

const bindingShape = z.object({
  pk: z.uuid(),
  policy: z.null(),
  policy_obj: z.null(),
  group: z.uuid().nullable(),
  group_obj: partialGroupShape.nullable(),
  user: z.int().nullable(),
  user_obj: partialUserShape.nullable(),
  target: z.uuid(),
  negate: z.boolean(),
  enabled: z.boolean(),
  order: z.int(),
  timeout: z.int(),
  failure_result: z.boolean(),
  expires: z.null(),
  expiring: z.boolean(),
});

const fields = z.strictObject({
  target: z.uuid(),
  group: z.uuid().nullable().optional(),
  user: z.int32().nullable().optional(),
  order: z.int32(),
  negate: z.boolean().optional(),
  enabled: z.boolean().optional(),
  policy: z.null({ error: 'Bind a group or a user.' }).optional(),
  /** Taken for the sake of scripts; a group or a user is found at once, and cannot fail. */
  timeout: z.int32().optional(),
  failure_result: z.boolean().optional(),
});

const filters = z.object({
  target: z.uuid().optional(),
  order: int32.optional(),
  enabled: flag.optional(),
});

export function bindingApi({ db, changes }: Needs): Operation[] {
  const write = recorder({ db, changes }, modelOf);
  return resource({
    path: 'policies/bindings',
    name: 'PolicyBinding',
    key: z.object({ policy_binding_uuid: z.uuid() }),
    shape: bindingShape,
    fields,
    filters,
    ordering: { order: 'order', enabled: 'isEnabled', pk: 'id' },

    list: async ({ query, orderBy, skip, take }) => {
      const { count, results } = await listBindings(db, { where: bindingsThat(query), orderBy, skip, take });
      return { count, results: results.map(represent) };
    },
    get: async ({ parameters }) => represent(await getBinding(db, parameters.policy_binding_uuid)),
    create: async ({ ctx, body }) => {
      const input = { ...inputOf(body), applicationId: body.target };
      return represent(
        await write(ctx, 'model_created', (tx, publisher) => createBinding(tx, publisher, input)),
      );
    },
    update: async ({ ctx, parameters: { policy_binding_uuid: id }, body }) => {
      const input = inputOf(body);
      return represent(
        await write(ctx, 'model_updated', (tx, publisher) => updateBinding(tx, publisher, id, input)),
      );
    },
    delete: async ({ ctx, parameters: { policy_binding_uuid: id } }) => {
      await write(ctx, 'model_deleted', async (tx, publisher) => {
        const binding = await getBinding(tx, id);
        await deleteBinding(tx, publisher, id);
        return binding;
      });
    },
  });
}

function inputOf({ target, group, user, order, negate, enabled }: Partial<z.output<typeof fields>>) {
  return {
    applicationId: target,
    groupId: group,
    userId: user,
    order,
    isNegated: negate,
    isEnabled: enabled,
  };
}

function represent(binding: AccessBinding): z.input<typeof bindingShape> {
  const { id, groupId, group, userId, user, applicationId, isNegated, isEnabled, order } = binding;
  return {
    pk: id,
    policy: null,
    policy_obj: null,
    group: groupId,
    group_obj: group && representPartialGroup(group),
    user: userId,
    user_obj: user && representPartialUser(user),
    target: applicationId,
    negate: isNegated,
    enabled: isEnabled,
    order,
    timeout: 30,
    failure_result: false,
    expires: null,
    expiring: false,
  };
}

function modelOf({ id, group, user }: AccessBinding) {
  const name = group?.name ?? user?.username ?? '';
  return { app: 'identity.access', model_name: 'policybinding', pk: id, name };
}

function bindingsThat(query: z.output<typeof filters>): Prisma.AccessBindingWhereInput {
  const { target: applicationId, order, enabled: isEnabled } = query;
  return given({ applicationId, order, isEnabled });
}
