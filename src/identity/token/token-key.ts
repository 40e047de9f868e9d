// The secret part of a token: presenting it, seeing it again, replacing it.
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Db } from '../../platform/database/database.ts';
import type { TokenIntent } from '../../platform/database/generated/enums.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { findUser, type User } from '../user/user.ts';
import { getToken, keyColumns, refuseTakenToken } from './token.ts';

const LAST_USED_STEP_MS = 60_000;
const MIN_CHOSEN_KEY = 16;

/** Whose key this is, if it is one of that intent, has not expired and its owner is active. */
export async function verifyToken(
  db: Db,
  key: string,
  intent: TokenIntent,
  now = new Date(),
): Promise<User | undefined> {
  const token = await db.token.findUnique({
    where: { keyHash: sha256Hex(key) },
    select: { id: true, intent: true, userId: true, expiresAt: true, lastUsedAt: true },
  });
  if (token?.intent !== intent) return undefined;
  if (token.expiresAt && token.expiresAt <= now) return undefined;
  const owner = await findUser(db, token.userId);
  if (!owner?.isActive) return undefined;
  await noteUse(db, token, now);
  return owner;
}

/** The key in clear; throws NotFound when it is not kept. The caller records `secret_view`. */
export async function viewTokenKey(db: Db, vault: Vault, identifier: string): Promise<string> {
  const token = await db.token.findUnique({ where: { identifier }, select: { keySealed: true } });
  if (!token?.keySealed) throw new NotFound('There is no such token, or its key was shown only once.');
  return vault.open(token.keySealed);
}

/** Replaces the key: the old one is refused from now on. The caller records `secret_rotate`. */
export async function setTokenKey(db: Db, vault: Vault, identifier: string, key: string): Promise<void> {
  if (key.length < MIN_CHOSEN_KEY) {
    const tooShort = { text: 'input.tooSmall.text', values: { limit: MIN_CHOSEN_KEY }, at: '' };
    throw new InvalidInput({ key: [tooShort] });
  }
  await getToken(db, identifier);
  await db.token
    .update({ where: { identifier }, data: keyColumns(vault, key), select: { id: true } })
    .catch(refuseTakenToken);
}

/** At most once a minute: a script that polls must not turn every read into a write. */
async function noteUse(db: Db, token: { id: string; lastUsedAt: Date | null }, now: Date): Promise<void> {
  if (token.lastUsedAt && now.getTime() - token.lastUsedAt.getTime() < LAST_USED_STEP_MS) return;
  await db.token.updateMany({ where: { id: token.id }, data: { lastUsedAt: now } });
}
