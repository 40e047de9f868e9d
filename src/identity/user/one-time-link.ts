// Links that stand for a person for half an hour: to choose a new password, or to confirm an e-mail address. Only the
// token's hash is kept. Following a link uses it up by one conditional update, and it is void once the password has been
// changed by any other way: a link in an old mail, or one that somebody else has asked for, opens nothing afterwards.
import { sha256Hex } from '../../platform/crypto/digest.ts';
import { randomToken } from '../../platform/crypto/random.ts';
import type { Db } from '../../platform/database/database.ts';
import type { LinkPurpose } from '../../platform/database/generated/enums.ts';
import { NotFound } from '../../platform/problem/problem.ts';

export const LINK_LIFETIME_SECONDS = 30 * 60;

export interface NewLink {
  readonly purpose: LinkPurpose;
  readonly userId: number;
  /** The address that the link confirms, or is mailed to. */
  readonly email?: string;
}

export interface RedeemedLink {
  readonly userId: number;
  readonly email: string;
}

/** Makes a link; its token is for the person alone, and exists nowhere else. Throws NotFound. */
export async function issueLink(
  db: Db,
  { purpose, userId, email = '' }: NewLink,
  now = new Date(),
): Promise<string> {
  const token = randomToken();
  const user = await db.user.findUnique({ where: { id: userId }, select: { passwordChangedAt: true } });
  if (!user) throw new NotFound('There is no such user.');
  const expiresAt = new Date(now.getTime() + LINK_LIFETIME_SECONDS * 1000);
  const { passwordChangedAt } = user;
  await db.oneTimeLink.create({
    data: {
      tokenHash: sha256Hex(token),
      purpose,
      userId,
      email,
      passwordChangedAt,
      createdAt: now,
      expiresAt,
    },
  });
  return token;
}

/** Whether following the link would still do something; reading it changes nothing (mail scanners open links too). */
export async function isLinkOpen(
  db: Db,
  purpose: LinkPurpose,
  token: string,
  now = new Date(),
): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM one_time_links link JOIN users person ON person.id = link.user_id
     WHERE link.token_hash = ${sha256Hex(token)} AND link.purpose = ${purpose}::link_purpose
       AND link.used_at IS NULL AND link.expires_at > ${now}::timestamptz AND person.is_active
       AND person.password_changed_at IS NOT DISTINCT FROM link.password_changed_at`;
  return rows.length > 0;
}

/** Uses the link up: of any number that follow it at once exactly one gets the person, all others undefined. */
export async function redeemLink(
  db: Db,
  purpose: LinkPurpose,
  token: string,
  now = new Date(),
): Promise<RedeemedLink | undefined> {
  const rows = await db.$queryRaw<RedeemedLink[]>`
    UPDATE one_time_links link SET used_at = ${now}::timestamptz
      FROM users person
     WHERE link.token_hash = ${sha256Hex(token)} AND link.purpose = ${purpose}::link_purpose
       AND link.used_at IS NULL AND link.expires_at > ${now}::timestamptz
       AND person.id = link.user_id AND person.is_active
       AND person.password_changed_at IS NOT DISTINCT FROM link.password_changed_at
    RETURNING link.user_id AS "userId", link.email`;
  return rows[0];
}

/** Removes links that nobody can follow any more; returns how many. */
export async function purgeLinks(db: Db, now = new Date()): Promise<number> {
  const { count } = await db.oneTimeLink.deleteMany({ where: { expiresAt: { lt: now } } });
  return count;
}
