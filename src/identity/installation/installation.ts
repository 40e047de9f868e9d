// What makes this installation itself: one row, made at the first start. Its id is hashed into every user's uid, and a
// sealed constant tells a wrong secret key before it can do harm.
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Db } from '../../platform/database/database.ts';
import { Conflict } from '../../platform/problem/problem.ts';

const ONLY_ROW = { id: 1 };
const SECRET_KEY_CHECK = 'gatelodge';

/** Makes the row at the first start; throws Conflict, in words, when the secret key is not the one it was made with. */
export async function ensureInstallation(db: Db, vault: Vault): Promise<{ installId: string }> {
  await db.installation.createMany({
    data: { ...ONLY_ROW, installId: crypto.randomUUID(), secretKeyCheck: vault.seal(SECRET_KEY_CHECK) },
    skipDuplicates: true,
  });
  const { installId, secretKeyCheck } = await db.installation.findUniqueOrThrow({ where: ONLY_ROW });
  refuseAnotherSecretKey(vault, secretKeyCheck);
  return { installId };
}

/** The id that every user's uid is hashed with. */
export async function getInstallId(db: Db): Promise<string> {
  const { installId } = await db.installation.findUniqueOrThrow({
    where: ONLY_ROW,
    select: { installId: true },
  });
  return installId;
}

/** Whether the first administrator exists; once true, never false again. */
export async function isSetUp(db: Db): Promise<boolean> {
  const installation = await db.installation.findUnique({
    where: ONLY_ROW,
    select: { administratorCreatedAt: true },
  });
  return installation?.administratorCreatedAt != null;
}

/** Takes the right to make the first administrator; true for exactly one caller, ever (in the caller's transaction). */
export async function claimSetUp(tx: Db, now = new Date()): Promise<boolean> {
  const { count } = await tx.installation.updateMany({
    where: { ...ONLY_ROW, administratorCreatedAt: null },
    data: { administratorCreatedAt: now },
  });
  return count === 1;
}

function refuseAnotherSecretKey(vault: Vault, sealed: string): void {
  try {
    if (vault.open(sealed) === SECRET_KEY_CHECK) return;
  } catch (cause) {
    throw wrongKey(cause);
  }
  throw wrongKey();
}

function wrongKey(cause?: unknown): Conflict {
  return new Conflict(
    'GATELODGE_SECRET_KEY is not the key that this database was made with. Secrets in it could not be read. ' +
      'Give the original key, or the data directory that keeps it (file secret-key).',
    { cause },
  );
}
