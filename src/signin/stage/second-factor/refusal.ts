// Refused factors in the audit trail.
import { recordEvent } from '../../../identity/event/event.ts';
import { findUser } from '../../../identity/user/user.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Run } from '../../flow/run.ts';

export interface Refusal {
  readonly factor: 'totp' | 'email' | 'recovery-code' | 'webauthn' | 'passkey';
  /** `cloned`: there are two of a key, so one of them is not its owner's. */
  readonly reason: 'wrong' | 'locked' | 'refused' | 'foreign' | 'cloned';
  /** Whose factor it was said to be. */
  readonly userId: number | undefined;
}

export async function recordRefusal(db: Db, run: Run, { factor, reason, userId }: Refusal): Promise<void> {
  await recordEvent(db, {
    action: reason === 'cloned' ? 'suspicious_request' : 'login_failed',
    source: `signin.${factor}`,
    userId,
    username: userId === undefined ? '' : (await findUser(db, userId))?.username,
    context: { flow: run.flow, factor, reason },
    clientAddress: run.client.address,
    requestId: run.requestId,
  });
}
