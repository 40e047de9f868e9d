// Browsers that a person has signed in with before, each known by a random value in a long-lived cookie, kept as its
// hash. It proves nothing about who sits there. It does two things: guesses made elsewhere do not lock the person out of
// it, and signing in with any other browser is worth a mail.
import { sha256Hex } from '../../platform/crypto/digest.ts';
import { randomToken } from '../../platform/crypto/random.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Context } from '../../platform/http/context.ts';
import { readTokenCookie, tokenCookie } from './cookie.ts';

const COOKIE = 'gatelodge_known';
const LIFETIME_SECONDS = 400 * 24 * 60 * 60;

/** Hash of the value that this browser is known by; undefined for one that nobody has signed in with. */
export function findBrowserHash(ctx: Context): string | undefined {
  const token = readTokenCookie(ctx.get('cookie'), COOKIE);
  return token === undefined ? undefined : sha256Hex(token);
}

/** Whether the user has signed in with that browser. */
export async function isKnownBrowser(
  db: Db,
  browserHash: string | undefined,
  userId: number | undefined,
): Promise<boolean> {
  const where = { browserHash: browserHash ?? '', userId: userId ?? 0 };
  return (await db.knownBrowser.count({ where })) === 1;
}

export interface Acquaintance {
  /** The user has signed in before, but never with this browser. */
  readonly isSurprising: boolean;
}

/** Notes that the user has signed in with this browser, and gives it its cookie. */
export async function rememberBrowser(
  db: Db,
  ctx: Context,
  userId: number,
  now = new Date(),
): Promise<Acquaintance> {
  const token = readTokenCookie(ctx.get('cookie'), COOKIE) ?? randomToken();
  const browserHash = sha256Hex(token);
  const others = await db.knownBrowser.count({ where: { userId, NOT: { browserHash } } });
  const { count } = await db.knownBrowser.createMany({
    data: [{ browserHash, userId, createdAt: now, lastSeenAt: now }],
    skipDuplicates: true,
  });
  const isNew = count === 1;
  if (!isNew) await db.knownBrowser.updateMany({ where: { browserHash, userId }, data: { lastSeenAt: now } });
  const isSecure = ctx.state.origin.startsWith('https:');
  ctx.append('Set-Cookie', tokenCookie(COOKIE, token, { isSecure, maxAgeSeconds: LIFETIME_SECONDS }));
  return { isSurprising: isNew && others > 0 };
}

/** Forgets browsers whose cookie has expired; returns how many. */
export async function purgeKnownBrowsers(db: Db, now = new Date()): Promise<number> {
  const before = new Date(now.getTime() - LIFETIME_SECONDS * 1000);
  const { count } = await db.knownBrowser.deleteMany({ where: { lastSeenAt: { lt: before } } });
  return count;
}
