// How the API shows a user: authentik's field names and forms.
import { z } from 'zod';
import type { Db } from '../../platform/database/database.ts';
import { UserType } from '../../platform/database/generated/enums.ts';
import { listAdministratorIds } from './administrator.ts';
import { initialsAvatar } from './avatar.ts';
import type { User } from './user.ts';

export const attributesShape = z.record(z.string(), z.unknown());

export const partialGroupShape = z.object({
  pk: z.uuid(),
  num_pk: z.int(),
  name: z.string(),
  is_superuser: z.boolean(),
  attributes: attributesShape,
});

export const userShape = z.object({
  pk: z.int(),
  username: z.string(),
  name: z.string(),
  is_active: z.boolean(),
  last_login: z.date().nullable(),
  date_joined: z.date(),
  is_superuser: z.boolean(),
  groups: z.array(z.uuid()),
  groups_obj: z.array(partialGroupShape).nullable(),
  roles: z.array(z.string()),
  roles_obj: z.array(z.string()).nullable(),
  email: z.string(),
  /** Ours, not authentik's: what the claim of this name says. */
  email_verified: z.boolean(),
  avatar: z.string(),
  attributes: attributesShape,
  uid: z.string(),
  path: z.string(),
  type: z.enum(UserType),
  uuid: z.uuid(),
  password_change_date: z.date(),
  last_updated: z.date(),
});

type UserRepresentation = z.input<typeof userShape>;

/** The users as the API shows them, with two queries for all of them. */
export async function representUsers(db: Db, users: readonly User[]): Promise<UserRepresentation[]> {
  const memberships = await db.groupMembership.findMany({
    where: { userId: { in: users.map(({ id }) => id) } },
    include: { group: true },
    orderBy: { group: { name: 'asc' } },
  });
  const groups = Map.groupBy(memberships, ({ userId }) => userId);
  const administrators = new Set(await listAdministratorIds(db));
  return users.map((user) => {
    const own = (groups.get(user.id) ?? []).map(({ group }) => group);
    return { ...facts(user), is_superuser: administrators.has(user.id), ...groupsPart(own) };
  });
}

/** One user as the API shows it. */
export async function representUser(db: Db, user: User): Promise<UserRepresentation> {
  const [representation] = await representUsers(db, [user]);
  if (!representation) throw new Error('one user has one representation');
  return representation;
}

/** The short form in which a group or a binding shows its users. */
export const partialUserShape = userShape.pick({
  pk: true,
  username: true,
  name: true,
  is_active: true,
  last_login: true,
  email: true,
  attributes: true,
  uid: true,
});

export function representPartialUser(
  user: Pick<User, 'id' | 'username' | 'name' | 'isActive' | 'lastLoginAt' | 'email' | 'attributes' | 'uid'>,
): z.input<typeof partialUserShape> {
  const { id, username, name, isActive, lastLoginAt, email, attributes, uid } = user;
  return {
    pk: id,
    username,
    name,
    is_active: isActive,
    last_login: lastLoginAt,
    email,
    attributes: Object(attributes),
    uid,
  };
}

interface GroupFacts {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly attributes: unknown;
}

export function representPartialGroup(group: GroupFacts): z.input<typeof partialGroupShape> {
  const { id, number, name, isSuperuser, attributes } = group;
  return { pk: id, num_pk: number, name, is_superuser: isSuperuser, attributes: Object(attributes) };
}

function groupsPart(groups: readonly GroupFacts[]) {
  return { groups: groups.map(({ id }) => id), groups_obj: groups.map(representPartialGroup) };
}

function facts(user: User) {
  return {
    ...representPartialUser(user),
    date_joined: user.createdAt,
    roles: [],
    roles_obj: [],
    email_verified: user.emailVerified,
    avatar: initialsAvatar(user),
    path: user.path,
    type: user.type,
    uuid: user.uuid,
    password_change_date: user.passwordChangedAt ?? user.createdAt,
    last_updated: user.updatedAt,
  };
}
