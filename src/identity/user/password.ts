// Passwords: new ones are kept as argon2id hashes, and only this file reads them. A wrong password, an unknown user and a
// deactivated one take the same time and get the same verdict.
import type { PasswordHasher } from '../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';
import { MAX_PASSWORD, refuseWeakPassword } from './password-rules.ts';
import { getUser } from './user.ts';

/** Sets the password; throws InvalidInput when the rules refuse it, NotFound for an unknown user. */
export async function setPassword(
  db: Db,
  changes: Publisher,
  hasher: PasswordHasher,
  userId: number,
  password: string,
): Promise<void> {
  await refuseWeakPassword(password, await getUser(db, userId));
  const passwordHash = await hashPassword(hasher, password);
  await db.user.update({
    where: { id: userId },
    data: { passwordHash, passwordChangedAt: new Date() },
    select: { id: true },
  });
  changes.publish('user', { id: userId });
}

/** Whether the user has a password at all; people whom a script has made may have none. */
export async function hasPassword(db: Db, userId: number): Promise<boolean> {
  return (await db.user.count({ where: { id: userId, passwordHash: { not: null } } })) === 1;
}

/** For callers that write the user themselves, in a transaction that should not wait for argon2. */
export async function hashPassword(hasher: PasswordHasher, password: string): Promise<string> {
  if (password === '') throw new InvalidInput({ password: ['Choose a password.'] });
  if (password.length > MAX_PASSWORD) {
    const tooLong = { text: 'input.tooBig.text', values: { limit: MAX_PASSWORD }, at: '' };
    throw new InvalidInput({ password: [tooLong] });
  }
  return hasher.hash(password);
}

/** Whether this is the active user's password; without a user it takes the same time and is false. `isReserved`: see
 *  PasswordHasher. */
export async function verifyPassword(
  db: Db,
  hasher: PasswordHasher,
  user: { readonly id: number } | undefined,
  password: string,
  options: { readonly isReserved?: boolean } = {},
): Promise<boolean> {
  const known = await db.user.findUnique({
    where: { id: user?.id ?? 0 },
    select: { passwordHash: true, isActive: true },
  });
  const hash = known?.passwordHash ?? undefined;
  const isRight = await hasher.verify(hash, password.slice(0, MAX_PASSWORD + 1), options);
  if (!isRight || !known?.isActive || !user) return false;
  if (hash && hasher.needsRehash(hash)) await rehash(db, hasher, user.id, hash, password);
  return true;
}

/** Stored with older cost settings: written anew while the password is at hand, unless it has just been changed. */
async function rehash(
  db: Db,
  hasher: PasswordHasher,
  id: number,
  hash: string,
  password: string,
): Promise<void> {
  const passwordHash = await hasher.hash(password);
  await db.user.updateMany({ where: { id, passwordHash: hash }, data: { passwordHash } });
}
