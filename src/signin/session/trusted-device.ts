// Devices that a person has had trusted at a second factor: there the password alone is asked for, for thirty days. Each
// is known by a random cookie, kept as its hash and bound to one person; a new one is made each time, so that nobody can
// plant theirs in somebody's browser and have it trusted. Members of a household share browsers: each has a cookie of
// their own. Where it is not known, expired, somebody else's or not allowed, the second factor is asked for.

import { isAdministrator } from '../../identity/group/membership.ts';
import { getSignInRules } from '../../identity/installation/sign-in-rule.ts';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import { randomToken } from '../../platform/crypto/random.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Context } from '../../platform/http/context.ts';
import { readTokenCookie, tokenCookie } from './cookie.ts';

const LIFETIME_SECONDS = 30 * 24 * 60 * 60;
export const TRUST_DAYS = LIFETIME_SECONDS / (24 * 60 * 60);
/** So many at once, and the oldest goes. */
const MOST_DEVICES = 20;

export interface TrustedDevice {
  readonly id: string;
  readonly userAgent: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

/** The token that the request's browser has for the user. */
export type TrustTokenOf = (userId: number) => string | undefined;

export function readTrustTokens(ctx: Context): TrustTokenOf {
  return (userId) => readTokenCookie(ctx.get('cookie'), cookieOf(userId));
}

/** Whether the rules let the user have devices trusted. */
export async function mayTrustDevices(db: Db, userId: number): Promise<boolean> {
  const { trustRule } = await getSignInRules(db);
  if (trustRule === 'nobody') return false;
  return trustRule === 'everybody' || !(await isAdministrator(db, userId));
}

/** Whether the user has had the device of this token trusted, and still may; notes its use. */
export async function isTrustedDevice(
  db: Db,
  userId: number,
  token: string | undefined,
  now = new Date(),
): Promise<boolean> {
  if (token === undefined || !(await mayTrustDevices(db, userId))) return false;
  const where = { tokenHash: sha256Hex(token), userId, expiresAt: { gt: now } };
  const { count } = await db.trustedDevice.updateMany({ where, data: { lastUsedAt: now } });
  return count === 1;
}

/** Trusts the browser that the answer goes to, in place of what it was trusted by before. */
export async function trustDevice(db: Db, ctx: Context, userId: number, now = new Date()): Promise<void> {
  const before = readTrustTokens(ctx)(userId);
  if (before !== undefined) {
    await db.trustedDevice.deleteMany({ where: { userId, tokenHash: sha256Hex(before) } });
  }
  const token = randomToken();
  const expiresAt = new Date(now.getTime() + LIFETIME_SECONDS * 1000);
  const userAgent = ctx.get('user-agent').slice(0, 255);
  await db.trustedDevice.create({
    data: { userId, tokenHash: sha256Hex(token), userAgent, createdAt: now, lastUsedAt: now, expiresAt },
  });
  await keepNewest(db, userId);
  const isSecure = ctx.state.origin.startsWith('https:');
  const options = { isSecure, maxAgeSeconds: LIFETIME_SECONDS };
  ctx.append('Set-Cookie', tokenCookie(cookieOf(userId), token, options));
}

/** The user's trusted devices, the one used last first. */
export function listTrustedDevices(db: Db, userId: number, now = new Date()): Promise<TrustedDevice[]> {
  const select = { id: true, userAgent: true, createdAt: true, lastUsedAt: true, expiresAt: true };
  const where = { userId, expiresAt: { gt: now } };
  return db.trustedDevice.findMany({ where, select, orderBy: { lastUsedAt: 'desc' } });
}

/** Asks for the second factor again on all of the user's devices, or on the one of that id. */
export async function distrustDevices(db: Db, userId: number, id?: string): Promise<void> {
  await db.trustedDevice.deleteMany({ where: { userId, ...(id !== undefined && { id }) } });
}

/** Forgets devices whose time is over; returns how many. */
export async function purgeTrustedDevices(db: Db, now = new Date()): Promise<number> {
  const { count } = await db.trustedDevice.deleteMany({ where: { expiresAt: { lt: now } } });
  return count;
}

async function keepNewest(db: Db, userId: number): Promise<void> {
  const beyond = await db.trustedDevice.findMany({
    where: { userId },
    orderBy: { lastUsedAt: 'desc' },
    skip: MOST_DEVICES,
    select: { id: true },
  });
  await db.trustedDevice.deleteMany({ where: { id: { in: beyond.map(({ id }) => id) } } });
}

function cookieOf(userId: number): string {
  return `gatelodge_trusted_${userId}`;
}
