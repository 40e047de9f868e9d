// The link that leads to a new password: by mail, from an administrator, or from the machine's shell.
import { issueLink } from '../../../identity/user/one-time-link.ts';
import type { Db } from '../../../platform/database/database.ts';

/** Noted in a run as its proof until the new password is set; no session is ever started with it. */
export const BY_LINK = 'link';

/** Makes a link for the user, as a path on our own origin; throws NotFound. */
export async function issueRecoveryLink(db: Db, userId: number, now = new Date()): Promise<string> {
  const token = await issueLink(db, { purpose: 'recovery', userId }, now);
  return `/if/flow/default-recovery-flow/?flow_token=${token}`;
}
