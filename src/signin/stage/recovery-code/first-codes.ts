// Recovery codes for whoever has just set up their first second factor on the way in: without them a lost phone is a lost
// account. They count from then on; until their owner has put them by they are kept, sealed, with the sign-in.
import { z } from 'zod';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Run } from '../../flow/run.ts';
import { countRecoveryCodes, replaceRecoveryCodes } from './recovery-code.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const sealedCodes = z.array(z.string());

/** Makes codes for whoever has none; the flow shows them next. */
export async function giveRecoveryCodes(
  { db, changes, vault }: Needs,
  run: Run,
  userId: number,
): Promise<void> {
  if ((await countRecoveryCodes(db, userId)) > 0) return;
  const codes = await replaceRecoveryCodes(db, changes, userId);
  run.progress = { ...run.progress, recoveryCodes: vault.seal(JSON.stringify(codes)) };
}

/** The codes that are still to be shown. */
export function codesToShow(vault: Vault, { progress }: Run): string[] {
  const { recoveryCodes } = progress;
  return recoveryCodes === undefined ? [] : sealedCodes.parse(JSON.parse(vault.open(recoveryCodes)));
}
