// The keys that ID tokens and access tokens are signed with. A key is published from the start, signs from `activeAt`
// until a younger one of its algorithm does, and is published until `retiredAt`, so that tokens outlive a rotation.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import {
  generateSigningKey,
  isSigningAlgorithm,
  type SigningAlgorithm,
  thumbprintOf,
} from './signing-algorithm.ts';

const CREATION_LOCK = 72707370;

export interface SigningKey {
  /** The `kid`. */
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly activeAt: Date;
  readonly retiredAt: Date | undefined;
}

/** Makes the first key of every algorithm that is used and has none; called at every start. */
export async function ensureSigningKeys(db: Db, changes: Publisher, vault: Vault): Promise<void> {
  const used = await db.oAuth2Provider.groupBy({ by: ['signingAlgorithm'] });
  const algorithms = new Set(['RS256', ...used.map(({ signingAlgorithm }) => signingAlgorithm)]);
  for (const algorithm of algorithms) {
    if (isSigningAlgorithm(algorithm)) await ensureSigningKey(db, changes, vault, algorithm);
  }
}

/** Makes a key for the algorithm if there is none; of several replicas that try at once, one does. */
export async function ensureSigningKey(
  db: Db,
  changes: Publisher,
  vault: Vault,
  algorithm: SigningAlgorithm,
): Promise<void> {
  const where = { algorithm, retiredAt: null };
  if ((await db.signingKey.count({ where })) > 0) return;
  await inTransaction(db, changes, async (tx, publisher) => {
    await lockSigningKeys(tx);
    if ((await tx.signingKey.count({ where })) > 0) return;
    await createSigningKey(tx, publisher, vault, algorithm, new Date());
  });
}

/** Until the end of the transaction nobody else makes or retires keys. */
export async function lockSigningKeys(tx: Db): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(${CREATION_LOCK})::text`;
}

/** Makes a key that is published now and signs from `activeAt` on; returns its `kid`. */
export async function createSigningKey(
  db: Db,
  changes: Publisher,
  vault: Vault,
  algorithm: SigningAlgorithm,
  activeAt: Date,
): Promise<string> {
  const privateKey = generateSigningKey(algorithm);
  const id = thumbprintOf(algorithm, privateKey);
  const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' }) as Prisma.InputJsonObject;
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await db.signingKey.create({
    data: { id, algorithm, publicJwk, privateSealed: vault.seal(pem), activeAt },
  });
  changes.publish('signingKey', { id });
  return id;
}

/** All published keys; of each algorithm the one that signs now comes first, then the older, then those to come. */
export async function publishedKeys(db: Db, vault: Vault, now = new Date()): Promise<SigningKey[]> {
  const rows = await db.signingKey.findMany({
    where: { OR: [{ retiredAt: null }, { retiredAt: { gt: now } }] },
    orderBy: { activeAt: 'desc' },
  });
  const keys = rows.flatMap(({ id, algorithm, privateSealed, activeAt, retiredAt }) => {
    if (!isSigningAlgorithm(algorithm)) return [];
    const privateKey = createPrivateKey(vault.open(privateSealed));
    const publicKey = createPublicKey(privateKey);
    return [{ id, algorithm, privateKey, publicKey, activeAt, retiredAt: retiredAt ?? undefined }];
  });
  return [...keys.filter((key) => key.activeAt <= now), ...keys.filter((key) => key.activeAt > now)];
}

export interface PublicSigningKey {
  readonly id: string;
  readonly algorithm: string;
  readonly activeAt: Date;
  readonly retiredAt: Date | null;
}

/** The published keys without their secrets, youngest first. */
export function listSigningKeys(db: Db, now = new Date()): Promise<PublicSigningKey[]> {
  return db.signingKey.findMany({
    where: { OR: [{ retiredAt: null }, { retiredAt: { gt: now } }] },
    select: { id: true, algorithm: true, activeAt: true, retiredAt: true },
    orderBy: { activeAt: 'desc' },
  });
}
