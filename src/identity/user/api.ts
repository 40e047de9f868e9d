// /api/v3/core/users/: people and service accounts, for administrators. What everybody may ask about themselves is in
// me/api.ts.
import { z } from 'zod';
import type { PasswordHasher } from '../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { int32 } from '../../platform/problem/field.ts';
import { recently, superuser } from '../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { modelEvent } from '../event/actor.ts';
import { recordEvent } from '../event/event.ts';
import { recorder } from '../event/recorder.ts';
import { setGroupsOfUser } from '../group/membership.ts';
import { listAdministratorIds } from './administrator.ts';
import { setPassword } from './password.ts';
import { representUser, representUsers, userShape } from './representation.ts';
import { createUser, deleteUser, getUser, listUsers, type User, updateUser } from './user.ts';
import { newUser } from './user-fields.ts';
import { userFilters, usersThat } from './user-filters.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly passwords: PasswordHasher;
  /** A changed password, deactivation and deletion sign the user out everywhere. */
  readonly sessions: { endAllOf(userId: number): Promise<void> };
}

const key = z.object({ id: int32 });

const { username, name, email, type, path, attributes } = newUser.shape;
const fields = z.strictObject({
  username,
  name,
  email,
  type,
  path,
  attributes,
  email_verified: z.boolean().optional(),
  is_active: z.boolean().optional(),
  groups: z.array(z.uuid()).optional(),
  roles: z
    .array(z.string())
    .max(0, 'Gatelodge has no roles: superuser groups make administrators.')
    .optional(),
});

/** The resource, and setting a password. */
export function userApi({ db, changes, passwords, sessions }: Needs): Operation[] {
  const setPasswordOf = operation({
    id: 'core_users_set_password_create',
    method: 'POST',
    path: 'core/users/{id}/set_password/',
    summary: 'Set a password',
    guard: recently(superuser),
    parameters: key,
    body: z.strictObject({ password: z.string().min(1) }),
    handler: async ({ ctx, parameters: { id }, body }) => {
      await setPassword(db, changes, passwords, id, body.password);
      await sessions.endAllOf(id);
      const about = modelOf(await getUser(db, id));
      await recordEvent(db, modelEvent(ctx, 'password_set', about));
    },
  });
  return [setPasswordOf, ...users({ db, changes, sessions })];
}

function users({ db, changes, sessions }: Omit<Needs, 'passwords'>): Operation[] {
  const write = recorder({ db, changes }, modelOf);
  return resource({
    path: 'core/users',
    name: 'User',
    key,
    shape: userShape,
    fields,
    guards: { read: superuser, write: recently(superuser) },
    filters: userFilters,
    ordering: {
      pk: 'id',
      username: 'usernameKey',
      name: 'name',
      email: 'emailKey',
      date_joined: 'createdAt',
      last_login: 'lastLoginAt',
      is_active: 'isActive',
    },

    list: async ({ query, search, orderBy, skip, take }) => {
      const where = usersThat(query, search, await listAdministratorIds(db));
      const { count, results } = await listUsers(db, { where, orderBy, skip, take });
      return { count, results: await representUsers(db, results) };
    },
    get: async ({ parameters: { id } }) => representUser(db, await getUser(db, id)),
    create: async ({ ctx, body: { groups, ...rest } }) => {
      const user = await write(ctx, 'model_created', async (tx, publisher) => {
        const created = await createUser(tx, publisher, { ...inputOf(rest), username: rest.username });
        if (groups) await setGroupsOfUser(tx, publisher, created.id, groups);
        return created;
      });
      return representUser(db, user);
    },
    update: async ({ ctx, parameters: { id }, body: { groups, ...rest } }) => {
      const user = await write(ctx, 'model_updated', async (tx, publisher) => {
        if (groups) await setGroupsOfUser(tx, publisher, id, groups);
        return updateUser(tx, publisher, id, inputOf(rest));
      });
      if (!user.isActive) await sessions.endAllOf(id);
      return representUser(db, user);
    },
    delete: async ({ ctx, parameters: { id } }) => {
      await write(ctx, 'model_deleted', async (tx, publisher) => {
        const user = await getUser(tx, id);
        await deleteUser(tx, publisher, id);
        return user;
      });
      await sessions.endAllOf(id);
    },
  });
}

function inputOf(body: Partial<Omit<z.output<typeof fields>, 'groups'>>) {
  const { is_active: isActive, email_verified: emailVerified, roles: _none, ...same } = body;
  return { ...same, isActive, emailVerified };
}

function modelOf({ id, username: label }: User) {
  return { app: 'identity.user', model_name: 'user', pk: id, name: label };
}
