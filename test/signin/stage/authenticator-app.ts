// The phone of the tests: `oathtool` (Debian), a generator of codes that shares nothing with ours. A code counts once,
// so a phone shows one after the other, from the step before the present one on.
import { execFileSync } from 'node:child_process';
import { beginTotp, confirmTotp, findPendingTotp } from '../../../src/signin/stage/totp/totp.ts';
import type { SignInApp } from '../flow/signin-app.ts';

const STEP_SECONDS = 30;

/** The code that an app shows so many seconds from now, or from another moment. */
export function codeOf(secret: string, secondsFromNow = 0, from = new Date()): string {
  const at = new Date(from.getTime() + secondsFromNow * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return execFileSync('oathtool', ['--totp', '--base32', '--now', `${at} UTC`, secret], {
    encoding: 'utf8',
  }).trim();
}

/** Codes that are valid now and have not been used: the one before (used to set up), the present, the next. */
export interface Phone {
  readonly secret: string;
  /** The present code, or with 1 the next. */
  code(stepsAhead?: 0 | 1): string;
}

/** Sets up an app for a user, as their device page does. */
export async function giveTotp({ deps }: Pick<SignInApp, 'deps'>, userId: number): Promise<Phone> {
  const { db, vault } = deps;
  await beginTotp(db, vault, userId, 'Phone');
  const pending = await findPendingTotp(db, vault, userId);
  const secret = pending?.secret ?? '';
  // The next step may begin before this one's code is looked at.
  const now = new Date();
  if (!(await confirmTotp(db, vault, userId, codeOf(secret, -STEP_SECONDS, now), now))) {
    throw new Error('The code of the step before was not accepted');
  }
  return { secret, code: (stepsAhead = 0) => codeOf(secret, stepsAhead * STEP_SECONDS) };
}
