// Recovery codes, for when the phone is lost: ten of 80 random bits each, shown once, kept as hashes, each good once.
// The alphabet has no letters that look like others (Crockford's base 32), and what people misread is put right.
import { randomBytes } from 'node:crypto';
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';

export const CODE_COUNT = 10;
const CODE_LENGTH = 16;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes a new set in place of the old one, and answers it: the only time that anybody sees it. */
export async function replaceRecoveryCodes(db: Db, changes: Publisher, userId: number): Promise<string[]> {
  const codes = Array.from({ length: CODE_COUNT }, newCode);
  await inTransaction(db, changes, async (tx) => {
    await tx.recoveryCode.deleteMany({ where: { userId } });
    await tx.recoveryCode.createMany({ data: codes.map((code) => ({ userId, codeHash: hashOf(code) })) });
  });
  return codes;
}

/** Uses a code up; of parallel attempts with the same one exactly one gets true. */
export async function redeemRecoveryCode(
  db: Db,
  userId: number,
  code: string,
  now = new Date(),
): Promise<boolean> {
  const { count } = await db.recoveryCode.updateMany({
    where: { userId, codeHash: hashOf(code), usedAt: null },
    data: { usedAt: now },
  });
  return count === 1;
}

/** How many codes are left. */
export function countRecoveryCodes(db: Db, userId: number): Promise<number> {
  return db.recoveryCode.count({ where: { userId, usedAt: null } });
}

/** 16 characters of five bits, in groups of four. */
function newCode(): string {
  const characters = [...randomBytes(CODE_LENGTH)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return characters.join('').replaceAll(/.{4}(?=.)/g, '$&-');
}

function hashOf(code: string): string {
  const read = code.toLowerCase().replaceAll('o', '0').replaceAll(/[il]/g, '1');
  return sha256Hex(read.replaceAll(/[^0-9a-z]/g, ''));
}
