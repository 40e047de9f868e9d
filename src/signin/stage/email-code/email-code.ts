// Codes by e-mail: six digits that count once, for ten minutes, for one person and one purpose (a sign-in on its way in
// one browser, or one session that sets the factor up). A million possibilities are few: a code dies of five wrong
// guesses, every guess and every sending is charged (session/lockout.ts), and what is kept of it is a MAC, because a
// plain hash of six digits is undone in a second.
import { createHmac, randomInt } from 'node:crypto';
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';

export const CODE_LIFETIME_MINUTES = 10;
const DIGITS = 6;
const MOST_ATTEMPTS = 5;

/** Who a code is for, and what for. */
export interface CodePurpose {
  readonly userId: number;
  /** A code for one purpose is none for any other. */
  readonly purpose: string;
}

/** Makes a code in place of the one before it; it is for the letter alone. */
export async function issueEmailCode(
  db: Db,
  vault: Vault,
  { userId, purpose }: CodePurpose,
  now = new Date(),
): Promise<string> {
  const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0');
  const codeHash = macOf(vault, { userId, purpose }, code);
  const expiresAt = new Date(now.getTime() + CODE_LIFETIME_MINUTES * 60_000);
  const row = { userId, codeHash, attempts: 0, expiresAt };
  const purposeHash = sha256Hex(purpose);
  await db.emailCode.upsert({ where: { purposeHash }, create: { purposeHash, ...row }, update: row });
  return code;
}

/** Whether a code was mailed that can still be typed. */
export async function isEmailCodeOpen(db: Db, which: CodePurpose, now = new Date()): Promise<boolean> {
  return (await db.emailCode.count({ where: openCode(which, now) })) === 1;
}

/** Uses the code up; of parallel attempts with the right one exactly one gets true, and at most five are looked at. */
export async function redeemEmailCode(
  db: Db,
  vault: Vault,
  which: CodePurpose,
  typed: string,
  now = new Date(),
): Promise<boolean> {
  const where = openCode(which, now);
  const attempt = await db.emailCode.updateMany({ where, data: { attempts: { increment: 1 } } });
  if (attempt.count === 0) return false;
  const codeHash = macOf(vault, which, typed.replaceAll(/\s/g, ''));
  const { count } = await db.emailCode.deleteMany({
    where: { purposeHash: where.purposeHash, userId: which.userId, codeHash },
  });
  return count === 1;
}

/** Removes codes that nobody can use any more; returns how many. */
export async function purgeEmailCodes(db: Db, now = new Date()): Promise<number> {
  const { count } = await db.emailCode.deleteMany({ where: { expiresAt: { lt: now } } });
  return count;
}

function openCode({ userId, purpose }: CodePurpose, now: Date) {
  const attempts = { lt: MOST_ATTEMPTS };
  return { purposeHash: sha256Hex(purpose), userId, attempts, expiresAt: { gt: now } };
}

function macOf(vault: Vault, { userId, purpose }: CodePurpose, code: string): string {
  const hmac = createHmac('sha256', vault.subkey('email-code'));
  return hmac.update(`${userId}\n${purpose}\n${code}`).digest('hex');
}
