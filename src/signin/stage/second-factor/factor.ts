// What a person can prove who they are with, beside the password. Recovery codes are a way in when the others are lost:
// they never count as having a second factor.

import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { countRecoveryCodes } from '../recovery-code/recovery-code.ts';

export type FactorKind = 'webauthn' | 'totp' | 'recovery-code';

/** Whether the user has a second factor, be it one that does not work at the present address. */
export async function hasSecondFactor(db: Db, userId: number): Promise<boolean> {
  return (await countFactors(db, userId)) > 0;
}

/** How many second factors the user has set up, recovery codes not counted. */
export async function countFactors(db: Db, userId: number): Promise<number> {
  const totp = await db.totpDevice.count({ where: { userId, confirmedAt: { not: null } } });
  return totp + (await db.webAuthnCredential.count({ where: { userId } }));
}

/** The kinds that the user can be asked for at this host: the one used last first, recovery codes last. */
export async function findFactorKinds(db: Db, userId: number, rpId: string): Promise<FactorKind[]> {
  const lastUsed = { _count: true, _max: { lastUsedAt: true } } as const;
  const [totp, webauthn, codeCount] = await Promise.all([
    db.totpDevice.aggregate({ where: { userId, confirmedAt: { not: null } }, ...lastUsed }),
    db.webAuthnCredential.aggregate({ where: { userId, rpId }, ...lastUsed }),
    countRecoveryCodes(db, userId),
  ]);
  const kinds = [
    { kind: 'webauthn' as const, ...webauthn },
    { kind: 'totp' as const, ...totp },
  ]
    .filter(({ _count }) => _count > 0)
    .sort((a, b) => timeOf(b._max.lastUsedAt) - timeOf(a._max.lastUsedAt))
    .map(({ kind }): FactorKind => kind);
  return codeCount > 0 ? [...kinds, 'recovery-code'] : kinds;
}

/** Takes every factor from a user who has lost them; returns how many there were, recovery codes not counted. */
export function deleteFactors(db: Db, changes: Publisher, userId: number): Promise<number> {
  return inTransaction(db, changes, async (tx) => {
    const where = { userId };
    const count = await countFactors(tx, userId);
    await tx.recoveryCode.deleteMany({ where });
    await tx.totpDevice.deleteMany({ where });
    await tx.webAuthnCredential.deleteMany({ where });
    return count;
  });
}

function timeOf(date: Date | null): number {
  return date?.getTime() ?? 0;
}
