// A new password at the end of a recovery: whoever was signed in is not any more, guessing starts anew, and the owner
// hears of it, for the case that it was somebody else.
import { recordEvent } from '../../../identity/event/event.ts';
import { addresseeOf } from '../../../identity/user/addressee.ts';
import { setPassword } from '../../../identity/user/password.ts';
import { getUser } from '../../../identity/user/user.ts';
import type { PasswordHasher } from '../../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { Expired } from '../../../platform/problem/problem.ts';
import type { Run } from '../../flow/run.ts';
import { liftLockout } from '../../session/lockout.ts';

export interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly passwords: PasswordHasher;
  readonly sessions: { endAllOf(userId: number): Promise<void> };
  readonly post: Post;
}

interface Proved {
  readonly userId: number;
  /** When the link was followed. */
  readonly at: Date;
}

/** Throws InvalidInput for a weak password, Expired when the password has been changed since the link was followed. */
export async function recoverPassword(
  needs: Needs,
  run: Run,
  proved: Proved,
  password: string,
): Promise<void> {
  const { db, changes, passwords, sessions, post } = needs;
  const user = await getUser(db, proved.userId);
  if (!user.isActive || (user.passwordChangedAt && user.passwordChangedAt > proved.at)) {
    throw new Expired(run.t('signin.recovery.deadLink'));
  }
  await setPassword(db, changes, passwords, user.id, password);
  await sessions.endAllOf(user.id);
  await liftLockout(db, user);
  await recordEvent(db, {
    action: 'password_set',
    source: 'signin.recovery',
    userId: user.id,
    username: user.username,
    context: { flow: run.flow },
    clientAddress: run.client.address,
    requestId: run.requestId,
  });
  if (user.email === '') return;
  const values = { username: user.username };
  post.sendLater(async () => ({ kind: 'passwordChanged', to: addresseeOf(user), values }));
}
