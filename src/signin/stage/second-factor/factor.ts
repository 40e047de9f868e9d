// What a person can prove who they are with, beside the password. Recovery codes are a way in when the others are lost:
// they never count as having a second factor.
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { methodsOf, type Run } from '../../flow/run.ts';
import { distrustDevices } from '../../session/trusted-device.ts';
import { canMailCodes, type Means } from '../email-code/email-device.ts';
import { countRecoveryCodes } from '../recovery-code/recovery-code.ts';
import { BY_MAIL } from '../recovery-link/recovery-link.ts';
import { rpIdOf } from '../webauthn/relying-party.ts';

export type FactorKind = 'webauthn' | 'totp' | 'email' | 'recovery-code';

/** Whether the user has a second factor, be it one that does not work at the present address. */
export async function hasSecondFactor(db: Db, userId: number): Promise<boolean> {
  return (await countFactors(db, userId)) > 0;
}

/** How many second factors the user has set up, recovery codes not counted. */
export async function countFactors(db: Db, userId: number): Promise<number> {
  const totp = await db.totpDevice.count({ where: { userId, confirmedAt: { not: null } } });
  const email = await db.emailDevice.count({ where: { userId } });
  return totp + email + (await db.webAuthnCredential.count({ where: { userId } }));
}

/** How many people would have no second factor left if codes by e-mail were not allowed any more. */
export function countOnlyByMail(db: Db): Promise<number> {
  const confirmed = { confirmedAt: { not: null } };
  const where = { totpDevices: { none: confirmed }, webAuthnCredentials: { none: {} } };
  return db.emailDevice.count({ where: { user: where } });
}

/** The kinds that the run's person can be asked for here and now: the one used last first, recovery codes last. */
export async function findFactorKinds(means: Means, run: Run, userId: number): Promise<FactorKind[]> {
  const { db } = means;
  const rpId = rpIdOf(run.origin);
  const lastUsed = { _count: true, _max: { lastUsedAt: true } } as const;
  const [totp, webauthn, email, codeCount] = await Promise.all([
    db.totpDevice.aggregate({ where: { userId, confirmedAt: { not: null } }, ...lastUsed }),
    db.webAuthnCredential.aggregate({ where: { userId, rpId }, ...lastUsed }),
    db.emailDevice.aggregate({ where: { userId }, ...lastUsed }),
    countRecoveryCodes(db, userId),
  ]);
  const mayMail = email._count > 0 && (await mayUseEmailCodes(means, run, userId));
  const kinds = [
    { kind: 'webauthn' as const, ...webauthn },
    { kind: 'totp' as const, ...totp },
    { kind: 'email' as const, ...email },
  ]
    .filter(({ _count }) => _count > 0)
    .filter(({ kind }) => kind !== 'email' || mayMail)
    .sort((a, b) => timeOf(b._max.lastUsedAt) - timeOf(a._max.lastUsedAt))
    .map(({ kind }): FactorKind => kind);
  return codeCount > 0 ? [...kinds, 'recovery-code'] : kinds;
}

/** Whether a mailed code can prove more than has been proved: whoever came by a link in the same mailbox has shown no more. */
export async function mayUseEmailCodes(means: Means, run: Run, userId: number): Promise<boolean> {
  return !methodsOf(run).includes(BY_MAIL) && canMailCodes(means, userId);
}

/** Takes every factor from a user who has lost them; returns how many there were, recovery codes not counted. */
export function deleteFactors(db: Db, changes: Publisher, userId: number): Promise<number> {
  return inTransaction(db, changes, async (tx) => {
    const where = { userId };
    const count = await countFactors(tx, userId);
    await tx.recoveryCode.deleteMany({ where });
    await tx.totpDevice.deleteMany({ where });
    await tx.webAuthnCredential.deleteMany({ where });
    await tx.emailDevice.deleteMany({ where });
    await distrustDevices(tx, userId);
    return count;
  });
}

function timeOf(date: Date | null): number {
  return date?.getTime() ?? 0;
}
