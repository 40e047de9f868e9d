// Changing one's own password: the old one is asked for and its guesses are counted, like at the sign-in, and whoever
// else was signed in with it is not any more.
import { addresseeOf } from '../../../identity/user/addressee.ts';
import { hasPassword, setPassword, verifyPassword } from '../../../identity/user/password.ts';
import { getUser, type User } from '../../../identity/user/user.ts';
import type { PasswordHasher } from '../../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { admitAttempt, forgiveAttempt } from '../../../signin/session/lockout.ts';

export interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly passwords: PasswordHasher;
  readonly sessions: { endAllOf(userId: number, exceptId?: string): Promise<void> };
  readonly post: Post;
}

export interface PasswordChange {
  readonly userId: number;
  /** Undefined for whoever has none yet. */
  readonly old: string | undefined;
  readonly password: string;
  /** The session that goes on. */
  readonly sessionId: string | undefined;
  readonly clientAddress: string;
}

/** Throws InvalidInput when the old password is wrong, or the new one will not do. */
export async function changePassword(needs: Needs, change: PasswordChange): Promise<User> {
  const { db, changes, passwords, sessions, post } = needs;
  const user = await getUser(db, change.userId);
  if (await hasPassword(db, user.id)) await refuseWrongPassword(needs, user, change);
  await setPassword(db, changes, passwords, user.id, change.password);
  await sessions.endAllOf(user.id, change.sessionId);
  const values = { username: user.username };
  if (user.email !== '')
    post.sendLater(async () => ({ kind: 'passwordChanged', to: addresseeOf(user), values }));
  return user;
}

async function refuseWrongPassword(
  { db, passwords }: Needs,
  user: User,
  { old = '', clientAddress }: PasswordChange,
): Promise<void> {
  const attempt = { login: user.username, clientAddress };
  const { isAdmitted } = await admitAttempt(db, attempt);
  if (!isAdmitted) throw new InvalidInput({ old_password: ['portal.password.tooMany'] });
  if (!(await verifyPassword(db, passwords, user, old))) {
    throw new InvalidInput({ old_password: ['portal.password.wrong'] });
  }
  await forgiveAttempt(db, attempt);
}
