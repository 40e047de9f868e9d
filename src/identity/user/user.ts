// People and service accounts. A username is one person's, whatever its case; the uid is fixed at creation and is what
// applications know the person by. No function here ever returns a password hash (see password.ts).
import type { z } from 'zod';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import { type Db, isUniqueViolation } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { Listed, ListQuery } from '../../platform/database/listed.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { validate } from '../../platform/problem/validate.ts';
import { getInstallId } from '../installation/installation.ts';
import { keepAnAdministrator } from './administrator.ts';
import { refuseOpening } from './opening.ts';
import { email, type NewUser, nameKey, newUser, type UserPatch, userPatch } from './user-fields.ts';

const visible = {
  id: true,
  uuid: true,
  uid: true,
  username: true,
  name: true,
  email: true,
  emailVerified: true,
  isActive: true,
  type: true,
  path: true,
  attributes: true,
  passwordChangedAt: true,
  lastLoginAt: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.UserSelect;

/** A user without secrets. */
export type User = Prisma.UserGetPayload<{ select: typeof visible }>;

/** Throws InvalidInput for a field at fault or a username that is taken. */
export async function createUser(db: Db, changes: Publisher, input: NewUser): Promise<User> {
  const fields = validate(newUser, input);
  const [id, installId] = [await reserveId(db), await getInstallId(db)];
  const user = await db.user
    .create({
      data: {
        ...columns(fields),
        id,
        uid: sha256Hex(`${id}-${installId}`),
        username: fields.username,
        usernameKey: nameKey(fields.username),
      },
      select: visible,
    })
    .catch(refuseTakenUsername);
  changes.publish('user', { id });
  return user;
}

/** Changes the given fields only; throws Conflict if nobody could administer the installation afterwards. */
export async function updateUser(db: Db, changes: Publisher, id: number, input: UserPatch): Promise<User> {
  const fields = validate(userPatch, input);
  return keepAnAdministrator(db, changes, async (tx, publisher) => {
    await getUser(tx, id);
    const user = await tx.user
      .update({ where: { id }, data: columns(fields), select: visible })
      .catch(refuseTakenUsername);
    publisher.publish('user', { id });
    return user;
  });
}

/** Deletes the user and everything that is theirs; throws Conflict for the last administrator, and where it opens a door. */
export async function deleteUser(db: Db, changes: Publisher, id: number): Promise<void> {
  await keepAnAdministrator(db, changes, async (tx, publisher) => {
    await getUser(tx, id);
    await refuseOpening(tx, { userId: id });
    await tx.user.delete({ where: { id } });
    publisher.publish('user', { id });
  });
}

export async function findUser(db: Db, id: number): Promise<User | undefined> {
  return (await db.user.findUnique({ where: { id }, select: visible })) ?? undefined;
}

/** Throws NotFound. */
export async function getUser(db: Db, id: number): Promise<User> {
  const user = await findUser(db, id);
  if (!user) throw new NotFound('There is no such user.');
  return user;
}

/** Whose name was typed: a username in any case, or else an e-mail address that exactly one user has. */
export async function findUserByLogin(db: Db, usernameOrEmail: string): Promise<User | undefined> {
  const key = nameKey(usernameOrEmail);
  const byName = await db.user.findFirst({ where: { usernameKey: key }, select: visible });
  if (byName) return byName;
  if (!email.safeParse(key).success || key === '') return undefined;
  const byEmail = await db.user.findMany({ where: { emailKey: key }, select: visible, take: 2 });
  return byEmail.length === 1 ? byEmail[0] : undefined;
}

export type UserQuery = ListQuery<Prisma.UserWhereInput, Prisma.UserOrderByWithRelationInput>;

/** A page of users, by username unless ordered otherwise, with the number of all that match. */
export async function listUsers(db: Db, query: UserQuery = {}): Promise<Listed<User>> {
  const { where = {}, orderBy = [{ usernameKey: 'asc' }], skip = 0, take = 100 } = query;
  const [count, results] = await Promise.all([
    db.user.count({ where }),
    db.user.findMany({ where, orderBy, skip, take, select: visible }),
  ]);
  return { count, results };
}

/** Notes a completed sign-in. */
export async function recordLogin(db: Db, id: number, now = new Date()): Promise<void> {
  await db.user.updateMany({ where: { id }, data: { lastLoginAt: now } });
}

/** The uid is made from the id, so the id is taken from the sequence before the row is written. */
async function reserveId(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<
    [{ id: bigint }]
  >`SELECT nextval(pg_get_serial_sequence('users', 'id')) AS id`;
  return Number(row.id);
}

function columns({ username, email: address, attributes, ...rest }: z.output<typeof userPatch>) {
  return {
    ...given(rest),
    ...(username !== undefined && { username, usernameKey: nameKey(username) }),
    ...(address !== undefined && { email: address, emailKey: nameKey(address) }),
    ...(attributes && { attributes: attributes as Prisma.InputJsonObject }),
  };
}

function refuseTakenUsername(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw new InvalidInput({ username: ['A user with that username already exists.'] }, { cause: error });
}
