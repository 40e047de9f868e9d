// Tokens: keys that a program presents instead of a person. A key is looked up by its hash and kept sealed, so that its
// owner can see it again; an expired one, and one of a deactivated user, is as good as unknown.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import { given } from '../../platform/database/columns.ts';
import { type Db, isUniqueViolation } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { TokenIntent } from '../../platform/database/generated/enums.ts';
import type { Listed, ListQuery } from '../../platform/database/listed.ts';
import { lineOfText } from '../../platform/problem/field.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { validate } from '../../platform/problem/validate.ts';
import { getUser } from '../user/user.ts';

const DEFAULT_LIFE_SECONDS = 24 * 60 * 60;
/** 45 bytes are 60 characters of base64url. */
const KEY_BYTES = 45;

export const tokenIdentifier = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[-a-zA-Z0-9_]*$/, 'Use letters, digits, hyphens and underscores only.');

export const tokenPatch = z.strictObject({
  identifier: tokenIdentifier.optional(),
  intent: z.enum(TokenIntent).optional(),
  description: lineOfText.max(1000).optional(),
  /** Null: never. */
  expiresAt: z.date().nullable().optional(),
});

export const newToken = tokenPatch.extend({
  identifier: tokenIdentifier,
  userId: z.int32(),
  /** Made up unless given. */
  key: z.string().min(1).max(255).optional(),
  /** Nobody can see the key again: it is kept as its hash only. */
  isShownOnce: z.boolean().default(false),
});

export type TokenPatch = z.input<typeof tokenPatch>;
export type NewToken = z.input<typeof newToken>;

const visible = {
  id: true,
  identifier: true,
  intent: true,
  userId: true,
  description: true,
  expiresAt: true,
  lastUsedAt: true,
  createdAt: true,
} satisfies Prisma.TokenSelect;

/** A token without its key. */
export type Token = Prisma.TokenGetPayload<{ select: typeof visible }>;

/** Makes a token that lives for a day unless told otherwise; the key is returned here, and by viewTokenKey. */
export async function issueToken(
  db: Db,
  vault: Vault,
  input: NewToken,
): Promise<{ token: Token; key: string }> {
  const {
    key = randomBytes(KEY_BYTES).toString('base64url'),
    isShownOnce,
    ...fields
  } = validate(newToken, input);
  await getUser(db, fields.userId);
  const { expiresAt = defaultExpiry() } = fields;
  const { identifier, userId } = fields;
  const kept = keyColumns(vault, key);
  const columns = isShownOnce ? { ...kept, keySealed: null } : kept;
  const token = await db.token
    .create({
      data: { ...given(fields), identifier, userId, expiresAt, ...columns },
      select: visible,
    })
    .catch(refuseTakenToken);
  return { token, key };
}

/** When a token expires of which nobody said when. */
export function defaultExpiry(now = new Date()): Date {
  return new Date(now.getTime() + DEFAULT_LIFE_SECONDS * 1000);
}

/** Changes the given fields only; the owner and the key are not among them. */
export async function updateToken(db: Db, identifier: string, input: TokenPatch): Promise<Token> {
  const fields = validate(tokenPatch, input);
  await getToken(db, identifier);
  return db.token
    .update({ where: { identifier }, data: given(fields), select: visible })
    .catch(refuseTakenToken);
}

/** Throws NotFound. */
export async function deleteToken(db: Db, identifier: string): Promise<void> {
  await getToken(db, identifier);
  await db.token.delete({ where: { identifier } });
}

export async function findToken(db: Db, identifier: string): Promise<Token | undefined> {
  return (await db.token.findUnique({ where: { identifier }, select: visible })) ?? undefined;
}

/** Throws NotFound. */
export async function getToken(db: Db, identifier: string): Promise<Token> {
  const token = await findToken(db, identifier);
  if (!token) throw new NotFound('There is no such token.');
  return token;
}

export type TokenQuery = ListQuery<Prisma.TokenWhereInput, Prisma.TokenOrderByWithRelationInput>;

/** A page of tokens, by identifier unless ordered otherwise, with the number of all that match. */
export async function listTokens(db: Db, query: TokenQuery = {}): Promise<Listed<Token>> {
  const { where = {}, orderBy = [{ identifier: 'asc' }], skip = 0, take = 100 } = query;
  const [count, results] = await Promise.all([
    db.token.count({ where }),
    db.token.findMany({ where, orderBy, skip, take, select: visible }),
  ]);
  return { count, results };
}

/** Deletes the expired; returns how many went. */
export async function purgeExpiredTokens(db: Db, now = new Date()): Promise<number> {
  const { count } = await db.token.deleteMany({ where: { expiresAt: { lte: now } } });
  return count;
}

/** How a key is stored: by its hash, and sealed. */
export function keyColumns(vault: Vault, key: string): { keyHash: string; keySealed: string } {
  return { keyHash: sha256Hex(key), keySealed: vault.seal(key) };
}

/** One answer for both unique columns: which one it was would tell that a guessed key exists. */
export function refuseTakenToken(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw new InvalidInput(
    { identifier: ['A token with this identifier exists, or this key cannot be used.'] },
    { cause: error },
  );
}
