// Asking for a mailed code in a flow: the same at the sign-in and where the factor is set up on the way in.

import { z } from 'zod';
import { getUser } from '../../../identity/user/user.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import { getProvedUserId, type Run } from '../../flow/run.ts';
import { proveByCode } from '../second-factor/guess.ts';
import { type CodePurpose, isEmailCodeOpen, redeemEmailCode } from './email-code.ts';
import { forgiveSending, hintOf, type Sender, sendEmailCode } from './email-device.ts';

const typed = z.object({
  code: z.string().trim().max(16).default(''),
  send: z.literal('again').optional(),
});

/** What the page says. */
export interface Asking {
  /** The address, in part. */
  readonly address: string;
  /** Whether a code is on its way, or there. */
  readonly isSent: boolean;
}

/** A code of this very sign-in, in this browser. */
function purposeOf(run: Run): CodePurpose {
  return { userId: getProvedUserId(run), purpose: `${run.flow}/${run.id ?? ''}` };
}

export async function askingOf({ db }: Sender, run: Run): Promise<Asking> {
  const which = purposeOf(run);
  const { email } = await getUser(db, which.userId);
  return { address: hintOf(email), isSent: await isEmailCodeOpen(db, which, run.now) };
}

/** Mails a code as soon as it is due, unless one is on its way. */
export async function beginAsking(sender: Sender, run: Run): Promise<void> {
  const which = purposeOf(run);
  if (await isEmailCodeOpen(sender.db, which, run.now)) return;
  await sendEmailCode(sender, which, run.client.address, run.now);
}

/** Takes a code, which proves the second factor, or sends another; throws InvalidInput; true when it was proved. */
export async function takeAnswer(sender: Sender, run: Run, given: unknown): Promise<boolean> {
  const { code, send } = validate(typed, given);
  const which = purposeOf(run);
  const { db, vault } = sender;
  if (send === 'again') {
    // Nothing is stored of this sign-in yet that a code could belong to: once it is, `beginAsking` sends the first.
    if (run.id === undefined || (await sendEmailCode(sender, which, run.client.address, run.now)))
      return false;
    throw new InvalidInput({ non_field_errors: [run.t('signin.emailCode.tooManySent')] });
  }
  await proveByCode(db, run, {
    factor: 'email',
    refusal: 'signin.emailCode.refused',
    verify: () => redeemEmailCode(db, vault, which, code, run.now),
  });
  await forgiveSending(db, which, run.client.address);
  return true;
}
