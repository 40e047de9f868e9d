// Trusted devices in the flow: when the checkbox is offered, and when a device that was trusted stands in for the second
// factor. Only at an ordinary sign-in: whoever confirms a sensitive act, recovers an account, or opens what demands fresh
// proof is asked for the factor, wherever they are.
import { z } from 'zod';
import { TRUSTED_DEVICE } from '../../../identity/access/mfa-demand.ts';
import type { Db } from '../../../platform/database/database.ts';
import { getProvedUserId, proveFurther, type Run } from '../../flow/run.ts';
import { isTrustedDevice, mayTrustDevices } from '../../session/trusted-device.ts';
import { hasSecondFactor } from './factor.ts';

const AUTHENTICATION = 'default-authentication-flow';
const asked = z.object({ trust_device: z.literal('on').optional() });

/** Whether the person may have this device trusted now. */
export async function mayAskForTrust(db: Db, run: Run): Promise<boolean> {
  return run.flow === AUTHENTICATION && mayTrustDevices(db, getProvedUserId(run));
}

/** Notes the wish that a form carries; the end of the flow looks at it, and at the rules. */
export function askForTrust(run: Run, given: unknown): void {
  const { success, data } = asked.safeParse(given);
  if (success && data.trust_device === 'on') run.progress = { ...run.progress, trustsDevice: true };
}

/** After the password: notes that the second factor was used on this device before, if that is good enough. */
export async function noteTrustedDevice(db: Db, run: Run, userId: number): Promise<void> {
  if (!isOrdinarySignIn(run)) return;
  if (!(await isTrustedDevice(db, userId, run.trustTokenOf(userId), run.now))) return;
  if (await hasSecondFactor(db, userId)) proveFurther(run, userId, [TRUSTED_DEVICE]);
}

function isOrdinarySignIn({ flow, requirements }: Run): boolean {
  const { forceLogin, maxAgeSeconds, mustUseMfa } = requirements;
  return flow === AUTHENTICATION && !forceLogin && !mustUseMfa && maxAgeSeconds === undefined;
}
