// Confirming an e-mail address: only who reads its mail can follow the link, and only then the address counts.
import { recordEvent } from '../../../identity/event/event.ts';
import { addresseeOf } from '../../../identity/user/addressee.ts';
import { issueLink, redeemLink } from '../../../identity/user/one-time-link.ts';
import { getUser, type User, updateUser } from '../../../identity/user/user.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Letter } from '../../../platform/mail/letter.ts';
import type { Post } from '../../../platform/mail/post.ts';
import type { Run } from '../../flow/run.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly post: Post;
}

/** The letter that asks the address whether it is the user's. */
export async function writeConfirmationLetter(db: Db, user: User, email: string): Promise<Letter> {
  const token = await issueLink(db, { purpose: 'email', userId: user.id, email });
  const path = `/if/flow/default-email-confirmation-flow/?flow_token=${token}`;
  return { kind: 'confirmEmail', to: { ...addresseeOf(user), email }, path, values: { email } };
}

/** Makes the address of the run's link the user's, confirmed; false when the link is of no use (any more). */
export async function confirmEmail({ db, changes, post }: Needs, run: Run): Promise<boolean> {
  const redeemed = run.token && (await redeemLink(db, 'email', run.token, run.now));
  if (!redeemed) return false;
  const { userId, email } = redeemed;
  const before = await getUser(db, userId);
  await updateUser(db, changes, userId, { email, emailVerified: true });
  await recordEvent(db, {
    action: 'user_write',
    source: 'signin.email-confirmation',
    userId,
    username: before.username,
    context: { email },
    clientAddress: run.client.address,
    requestId: run.requestId,
  });
  // Who loses the address hears of it there: it may be what their account was to be recovered by.
  const isReplaced = before.email !== '' && before.email !== email;
  if (isReplaced)
    post.sendLater(async () => ({ kind: 'emailChanged', to: addresseeOf(before), values: { email } }));
  return true;
}
