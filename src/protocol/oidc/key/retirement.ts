// Retiring a key that somebody else may have: unlike a rotation it spares nobody. The key is gone from the key set, what
// it has signed counts no more here, and another one signs from this moment on.
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { NotFound } from '../../../platform/problem/problem.ts';
import { isSigningAlgorithm, type SigningAlgorithm } from '../signing-algorithm.ts';
import { createSigningKey, listSigningKeys, lockSigningKeys, type PublicSigningKey } from '../signing-key.ts';

export interface Retirement {
  readonly algorithm: SigningAlgorithm;
  /** The `kid` that signs instead from now on; undefined when the retired key did not sign. */
  readonly successor: string | undefined;
}

/** Takes the published key out of use at once; throws NotFound. */
export function retireSigningKey(
  db: Db,
  changes: Publisher,
  vault: Vault,
  kid: string,
  now = new Date(),
): Promise<Retirement> {
  return inTransaction(db, changes, async (tx, publisher) => {
    await lockSigningKeys(tx);
    const keys = await listSigningKeys(tx, now);
    const retired = keys.find(({ id }) => id === kid);
    if (!retired || !isSigningAlgorithm(retired.algorithm)) throw new NotFound('There is no such key.');
    const { algorithm } = retired;
    await tx.signingKey.delete({ where: { id: kid } });
    publisher.publish('signingKey', { id: kid });

    const own = keys.filter((key) => key.algorithm === algorithm);
    const others = own.filter(({ id }) => id !== kid);
    const signing = signingAmong(own, now);
    if (signing?.id === kid) {
      const successor = await promote(tx, others, now);
      return {
        algorithm,
        successor: successor ?? (await createSigningKey(tx, publisher, vault, algorithm, now)),
      };
    }
    // The key that was to follow is gone: the one that signs goes on, and nothing is to end it.
    const isFollowed = others.some(({ activeAt }) => activeAt > now);
    if (signing && retired.activeAt > now && !isFollowed) {
      await tx.signingKey.update({ where: { id: signing.id }, data: { retiredAt: null } });
    }
    return { algorithm, successor: undefined };
  });
}

/** Of the keys of one algorithm, youngest first, the one that signs. */
export function signingAmong(keys: readonly PublicSigningKey[], now: Date): PublicSigningKey | undefined {
  return keys.find(({ activeAt }) => activeAt <= now);
}

/** The next key has been published already, so that services know it: it signs now instead of later. */
async function promote(tx: Db, others: readonly PublicSigningKey[], now: Date): Promise<string | undefined> {
  const next = others.find(({ activeAt }) => activeAt > now);
  if (next) await tx.signingKey.update({ where: { id: next.id }, data: { activeAt: now } });
  return next?.id;
}
