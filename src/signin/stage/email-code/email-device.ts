// Codes by e-mail as somebody's second factor: chosen by them, and of use while mails can be sent, the rules allow it and
// the address is confirmed. Where one of these is missing the factor is there and cannot be used: it fails closed.

import { getSignInRules } from '../../../identity/installation/sign-in-rule.ts';
import { addresseeOf } from '../../../identity/user/addressee.ts';
import { findUser, getUser, type User } from '../../../identity/user/user.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { type Attempt, admitAttempt, forgiveAttempt } from '../../session/lockout.ts';
import { CODE_LIFETIME_MINUTES, type CodePurpose, issueEmailCode } from './email-code.ts';

/** What the question takes whether codes can be mailed. */
export interface Means {
  readonly db: Db;
  readonly post: Pick<Post, 'isOpen'>;
}

export interface Sender {
  readonly db: Db;
  readonly vault: Vault;
  readonly post: Post;
}

/** Whether codes can be mailed to the user. */
export async function canMailCodes({ db, post }: Means, userId: number): Promise<boolean> {
  if (!post.isOpen || !(await getSignInRules(db)).areEmailCodesAllowed) return false;
  const user = await findUser(db, userId);
  return user !== undefined && hasMailbox(user);
}

/** An address that nobody has confirmed may be a stranger's. */
export function hasMailbox({ email, emailVerified }: User): boolean {
  return email !== '' && emailVerified;
}

/** Mails a new code, once its sending is charged; false: there were too many, and none was sent. */
export async function sendEmailCode(
  { db, vault, post }: Sender,
  which: CodePurpose,
  clientAddress: string,
  now = new Date(),
): Promise<boolean> {
  const { isAdmitted } = await admitAttempt(db, sendingOf(which, clientAddress), now);
  if (!isAdmitted || !(await canMailCodes({ db, post }, which.userId))) return false;
  const code = await issueEmailCode(db, vault, which, now);
  const user = await getUser(db, which.userId);
  const values = { username: user.username, minutes: CODE_LIFETIME_MINUTES };
  post.sendLater(async () => ({ kind: 'signInCode', to: addresseeOf(user), values, code }));
  return true;
}

/** A code has arrived and was right: the sendings do not count any more. */
export function forgiveSending(db: Db, which: CodePurpose, clientAddress: string): Promise<void> {
  return forgiveAttempt(db, sendingOf(which, clientAddress));
}

/** Makes codes by e-mail a second factor of the user's. */
export async function addEmailDevice(db: Db, userId: number, name: string, now = new Date()): Promise<void> {
  await db.emailDevice.createMany({ data: [{ userId, name, lastUsedAt: now }], skipDuplicates: true });
}

export async function recordEmailDeviceUse(db: Db, userId: number, now: Date): Promise<void> {
  await db.emailDevice.updateMany({ where: { userId }, data: { lastUsedAt: now } });
}

/** `anna@example.org` as `a•••@example.org`: enough to know which mailbox, for whoever knows it. */
export function hintOf(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}•••${email.slice(at)}`;
}

function sendingOf({ userId }: CodePurpose, clientAddress: string): Attempt {
  return { login: String(userId), secret: 'email-code', clientAddress };
}
