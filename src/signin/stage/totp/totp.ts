// Authenticator apps: time-based one-time passwords (RFC 6238) with what every app understands: SHA-1, six digits, 30
// seconds. The code before and the one after the present one count too (§5.2), and each code counts once: accepting it
// moves the device's last step by one conditional update, so of parallel attempts exactly one wins.
import { generateSecret, verifySync } from 'otplib';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';

const TOLERANCE_SECONDS = 30;

/** What people type: six digits, with a space in the middle if they like. */
export const CODE = /^\s*\d{3}\s?\d{3}\s*$/;

/** A device that does not count yet, with the secret for the person to take to their app. */
export interface PendingTotp {
  readonly id: number;
  /** base32 */
  readonly secret: string;
}

/** Begins to set up an app; whatever was begun before and not finished is given up. */
export async function beginTotp(db: Db, vault: Vault, userId: number, name: string): Promise<void> {
  const secretSealed = vault.seal(generateSecret());
  await db.totpDevice.deleteMany({ where: { userId, confirmedAt: null } });
  await db.totpDevice.create({ data: { userId, name, secretSealed } });
}

export async function findPendingTotp(
  db: Db,
  vault: Vault,
  userId: number,
): Promise<PendingTotp | undefined> {
  const device = await db.totpDevice.findFirst({
    where: { userId, confirmedAt: null },
    orderBy: { id: 'desc' },
  });
  return device ? { id: device.id, secret: vault.open(device.secretSealed) } : undefined;
}

/** Makes the device that was begun count, once a code shows that the app knows its secret; false when it does not. */
export async function confirmTotp(
  db: Db,
  vault: Vault,
  userId: number,
  code: string,
  now = new Date(),
): Promise<boolean> {
  const pending = await findPendingTotp(db, vault, userId);
  const step = pending && stepOf(pending.secret, code, 0, now);
  if (!pending || step === undefined) return false;
  const { count } = await db.totpDevice.updateMany({
    where: { id: pending.id, confirmedAt: null },
    data: { confirmedAt: now, lastUsedAt: now, lastStep: step },
  });
  return count === 1;
}

/** Whether one of the user's apps shows this code now; a code that was accepted before is not again. */
export async function verifyTotp(
  db: Db,
  vault: Vault,
  userId: number,
  code: string,
  now = new Date(),
): Promise<boolean> {
  const devices = await db.totpDevice.findMany({ where: { userId, confirmedAt: { not: null } } });
  for (const { id, secretSealed, lastStep } of devices) {
    const step = stepOf(vault.open(secretSealed), code, lastStep, now);
    if (step === undefined) continue;
    const { count } = await db.totpDevice.updateMany({
      where: { id, lastStep: { lt: step } },
      data: { lastStep: step, lastUsedAt: now },
    });
    if (count === 1) return true;
  }
  return false;
}

/** The time step whose code this is, after the last one that was used. */
function stepOf(secret: string, code: string, lastStep: number, now: Date): number | undefined {
  if (!CODE.test(code)) return undefined;
  const result = verifySync({
    secret,
    token: code.replaceAll(/\s/g, ''),
    epoch: Math.floor(now.getTime() / 1000),
    epochTolerance: TOLERANCE_SECONDS,
    afterTimeStep: lastStep,
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}
