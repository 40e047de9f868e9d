// What is due of a second factor: the one decision that all stages about it share. A person who has one is asked for it
// after every password; a person who must have one sets it up on the way. A half-finished second factor is no session:
// the flow does not end while a step is due.
import { lacksMfa, MFA, TRUSTED_DEVICE } from '../../../identity/access/mfa-demand.ts';
import type { Db } from '../../../platform/database/database.ts';
import { methodsOf, provedUserId, type Run } from '../../flow/run.ts';
import type { Means } from '../email-code/email-device.ts';
import { type FactorKind, findFactorKinds, hasSecondFactor, mayUseEmailCodes } from './factor.ts';

/** What can be set up on the way in. */
export const ENROLMENTS = ['webauthn', 'totp', 'email'] as const;

/** A factor to ask for, a choice among them, or one to set up. */
export type Step = FactorKind | 'choice' | 'enrolment' | `${(typeof ENROLMENTS)[number]}-enrolment`;

/** The step that is due; undefined when the first factor is still missing, or nothing is. */
export async function dueStep(means: Means, run: Run): Promise<Step | undefined> {
  const { db } = means;
  const userId = provedUserId(run);
  if (userId === undefined || methodsOf(run).includes(MFA)) return undefined;

  const hasFactor = await hasSecondFactor(db, userId);
  // A session from before a factor was added stays what it was, unless something demands more.
  const isAsked = hasFactor && run.progress.proof !== undefined && !methodsOf(run).includes(TRUSTED_DEVICE);
  if (!isAsked && !(await isDemanded(db, run, userId))) return undefined;
  return hasFactor ? factorStep(means, run, userId) : enrolmentStep(means, run, userId);
}

/** By our own rules, or by the service that asked for this sign-in. */
async function isDemanded(db: Db, run: Run, userId: number): Promise<boolean> {
  const { requirements, application } = run;
  return (
    requirements.mustUseMfa === true || lacksMfa(db, { userId, methods: methodsOf(run) }, application?.id)
  );
}

async function factorStep(means: Means, run: Run, userId: number): Promise<Step> {
  const { factor } = run.progress;
  if (factor === 'another') return 'choice';
  const kinds = await findFactorKinds(means, run, userId);
  return kinds.find((kind) => kind === factor) ?? kinds[0] ?? 'choice';
}

async function enrolmentStep(means: Means, run: Run, userId: number): Promise<Step> {
  const chosen = ENROLMENTS.find((each) => each === run.progress.enrolment);
  if (chosen === undefined) return 'enrolment';
  const isPossible = chosen !== 'email' || (await mayUseEmailCodes(means, run, userId));
  return isPossible ? `${chosen}-enrolment` : 'enrolment';
}
