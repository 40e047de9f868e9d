// The link that leads to a new password: by mail, from an administrator, or from the machine's shell.
import { issueLink } from '../../../identity/user/one-time-link.ts';
import type { Db } from '../../../platform/database/database.ts';

/** Noted in a run as its proof until the new password is set; no session is ever started with either. */
export const BY_LINK = 'link';
/** … one that came by mail: whoever reads the mailbox must prove more than that. */
export const BY_MAIL = 'mailed-link';

export function isByLink(method: string): boolean {
  return method === BY_LINK || method === BY_MAIL;
}

/** Makes a link for the user, as a path on our own origin; `mailTo` is the address that it is mailed to. Throws NotFound. */
export async function issueRecoveryLink(db: Db, userId: number, mailTo = ''): Promise<string> {
  const token = await issueLink(db, { purpose: 'recovery', userId, email: mailTo });
  return `/if/flow/default-recovery-flow/?flow_token=${token}`;
}
