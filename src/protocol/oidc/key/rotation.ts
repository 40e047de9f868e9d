// Rotation of the signing keys: a new key is published long before it signs, and the one it follows long after, so that
// a client which keeps our key set for as long as we allow never meets a signature that it cannot check.
import { recordEvent } from '../../../identity/event/event.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { isSigningAlgorithm, type SigningAlgorithm } from '../signing-algorithm.ts';
import { createSigningKey, lockSigningKeys } from '../signing-key.ts';

/** For how long anybody may keep what we publish: the key set's Cache-Control. */
export const KEY_SET_SECONDS = 60 * 60;

const DAY_SECONDS = 24 * 60 * 60;
/** Many times what a client is allowed to keep: not all of them ask. */
const PREPUBLICATION_SECONDS = DAY_SECONDS;
const ROTATION_SECONDS = 90 * DAY_SECONDS;
/** Also an `id_token_hint` should be known for a while, though its token has expired. */
const LEAST_RETENTION_SECONDS = 30 * DAY_SECONDS;

export interface Rotation {
  /** The new key's `kid`. */
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  /** When it begins to sign. */
  readonly activeAt: Date;
}

/** Makes the next key of the algorithm: it signs after a day, or from now on when there is no time for that. */
export function rotateSigningKey(
  db: Db,
  changes: Publisher,
  vault: Vault,
  algorithm: SigningAlgorithm,
  { isImmediate = false, now = new Date() } = {},
): Promise<Rotation> {
  const activeAt = isImmediate ? now : later(now, PREPUBLICATION_SECONDS);
  return inTransaction(db, changes, async (tx, publisher) => {
    await lockSigningKeys(tx);
    // One that has been published but has signed nothing yet makes way: else it would follow the new one.
    await tx.signingKey.deleteMany({ where: { algorithm, activeAt: { gt: now } } });
    const retiredAt = later(activeAt, await retentionSeconds(tx, algorithm));
    await tx.signingKey.updateMany({ where: { algorithm, retiredAt: null }, data: { retiredAt } });
    const id = await createSigningKey(tx, publisher, vault, algorithm, activeAt);
    return { id, algorithm, activeAt };
  });
}

/** Rotates every algorithm whose key has signed for three months, and forgets the keys that nobody needs any more. */
export async function rotateSigningKeysDue(
  db: Db,
  changes: Publisher,
  vault: Vault,
  now = new Date(),
): Promise<void> {
  await db.signingKey.deleteMany({ where: { retiredAt: { lt: now } } });
  await inTransaction(db, changes, async (tx, publisher) => {
    await lockSigningKeys(tx);
    for (const { algorithm, _max } of await tx.signingKey.groupBy({
      by: ['algorithm'],
      _max: { activeAt: true },
    })) {
      const isYoung = _max.activeAt !== null && later(_max.activeAt, ROTATION_SECONDS) > now;
      if (isYoung || !isSigningAlgorithm(algorithm)) continue;
      const { id } = await rotateSigningKey(tx, publisher, vault, algorithm, { now });
      const context = { reason: 'on schedule', algorithm, kid: id };
      await recordEvent(tx, { action: 'secret_rotate', source: 'protocol.oidc', context }, now);
    }
  });
}

/** Until the last token that the old key signs has expired, whatever the longest-lived client's validity. */
async function retentionSeconds(db: Db, signingAlgorithm: SigningAlgorithm): Promise<number> {
  const { _max } = await db.oAuth2Provider.aggregate({
    where: { signingAlgorithm },
    _max: { accessTokenValiditySeconds: true },
  });
  return Math.max(LEAST_RETENTION_SECONDS, DAY_SECONDS + (_max.accessTokenValiditySeconds ?? 0));
}

function later(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
