// Who may open an application, row by row. A binding names exactly one group or one user.
import { z } from 'zod';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { Listed, ListQuery } from '../../platform/database/listed.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { validate } from '../../platform/problem/validate.ts';
import { getApplication } from '../application/application.ts';
import { findGroup } from '../group/group.ts';
import { findUser } from '../user/user.ts';

export const bindingPatch = z.strictObject({
  applicationId: z.uuid().optional(),
  groupId: z.uuid().nullable().optional(),
  userId: z.int32().nullable().optional(),
  order: z.int32().optional(),
  isNegated: z.boolean().optional(),
  isEnabled: z.boolean().optional(),
});

export const newBinding = bindingPatch.required({ applicationId: true });

export type BindingPatch = z.input<typeof bindingPatch>;
export type NewBinding = z.input<typeof newBinding>;

const withSubject = {
  group: true,
  user: { omit: { passwordHash: true } },
} satisfies Prisma.AccessBindingInclude;

export type AccessBinding = Prisma.AccessBindingGetPayload<{ include: typeof withSubject }>;

/** Throws InvalidInput unless it names exactly one group or user, and NotFound for an unknown application. */
export async function createBinding(db: Db, changes: Publisher, input: NewBinding): Promise<AccessBinding> {
  const { applicationId, ...fields } = validate(newBinding, input);
  await getApplication(db, applicationId);
  await refuseUnfitSubject(db, fields);
  const binding = await db.accessBinding.create({
    data: { ...given(fields), applicationId },
    include: withSubject,
  });
  changes.publish('application', { id: applicationId });
  return binding;
}

/** Changes the given fields only. */
export async function updateBinding(
  db: Db,
  changes: Publisher,
  id: string,
  input: BindingPatch,
): Promise<AccessBinding> {
  const fields = validate(bindingPatch, input);
  const before = await getBinding(db, id);
  if (fields.applicationId !== undefined) await getApplication(db, fields.applicationId);
  await refuseUnfitSubject(db, { ...before, ...given(fields) });
  const binding = await db.accessBinding.update({ where: { id }, data: given(fields), include: withSubject });
  for (const applicationId of new Set([before.applicationId, binding.applicationId])) {
    changes.publish('application', { id: applicationId });
  }
  return binding;
}

export async function deleteBinding(db: Db, changes: Publisher, id: string): Promise<void> {
  const { applicationId } = await getBinding(db, id);
  await db.accessBinding.delete({ where: { id } });
  changes.publish('application', { id: applicationId });
}

/** Throws NotFound. */
export async function getBinding(db: Db, id: string): Promise<AccessBinding> {
  const binding = await db.accessBinding.findUnique({ where: { id }, include: withSubject });
  if (!binding) throw new NotFound('There is no such binding.');
  return binding;
}

export type BindingQuery = ListQuery<
  Prisma.AccessBindingWhereInput,
  Prisma.AccessBindingOrderByWithRelationInput
>;

/** A page of bindings in their order, with the number of all that match. */
export async function listBindings(db: Db, query: BindingQuery = {}): Promise<Listed<AccessBinding>> {
  const { where = {}, orderBy = [{ order: 'asc' }, { id: 'asc' }], skip = 0, take = 100 } = query;
  const [count, results] = await Promise.all([
    db.accessBinding.count({ where }),
    db.accessBinding.findMany({ where, orderBy, skip, take, include: withSubject }),
  ]);
  return { count, results };
}

async function refuseUnfitSubject(
  db: Db,
  { groupId, userId }: { groupId?: string | null | undefined; userId?: number | null | undefined },
): Promise<void> {
  if ((groupId == null) === (userId == null)) {
    throw new InvalidInput({ non_field_errors: ['Name exactly one group or one user.'] });
  }
  if (groupId != null && !(await findGroup(db, groupId))) {
    throw new InvalidInput({ group: ['There is no such group.'] });
  }
  if (userId != null && !(await findUser(db, userId))) {
    throw new InvalidInput({ user: ['There is no such user.'] });
  }
}
