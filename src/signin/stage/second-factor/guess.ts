// Codes can be guessed, so every attempt is charged before it is looked at, by person and by address. Whoever gets here
// has proved a first factor: they may be told that they have to wait.
import { MFA } from '../../../identity/access/mfa-demand.ts';
import type { Db } from '../../../platform/database/database.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { getProvedUserId, proveFurther, type Run } from '../../flow/run.ts';
import { isKnownBrowser } from '../../session/known-browser.ts';
import { admitAttempt, forgiveAttempt } from '../../session/lockout.ts';
import { recordRefusal } from './refusal.ts';

interface Guess {
  readonly factor: 'totp' | 'email' | 'recovery-code';
  /** Key of the text for a wrong code. */
  readonly refusal: string;
  /** Uses the code up when it is right. */
  verify(userId: number): Promise<boolean>;
}

/** Proves the second factor by a code; throws InvalidInput when it is wrong, or there were too many. */
export async function proveByCode(db: Db, run: Run, { factor, refusal, verify }: Guess): Promise<void> {
  const userId = getProvedUserId(run);
  const attempt = {
    login: String(userId),
    secret: 'second-factor',
    clientAddress: run.client.address,
    knownBrowser: (await isKnownBrowser(db, run.browserHash, userId)) ? run.browserHash : undefined,
  } as const;
  const { isAdmitted } = await admitAttempt(db, attempt, run.now);
  if (isAdmitted && (await verify(userId))) {
    await forgiveAttempt(db, attempt);
    return proveFurther(run, userId, ['otp', MFA]);
  }
  await recordRefusal(db, run, { factor, reason: isAdmitted ? 'wrong' : 'locked', userId });
  throw refused(run, isAdmitted ? refusal : 'signin.factor.tooMany');
}

function refused({ t }: Run, key: string): InvalidInput {
  return new InvalidInput({ code: [t(key)] });
}
