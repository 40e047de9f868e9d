// What is due of a second factor: the one decision that all stages about it share. A person who has one is asked for it
// after every password; a person who must have one sets it up on the way. A half-finished second factor is no session:
// the flow does not end while a step is due.
import { mustUseMfa } from '../../../identity/access/mfa-demand.ts';
import type { Db } from '../../../platform/database/database.ts';
import { methodsOf, provedUserId, type Run } from '../../flow/run.ts';
import { rpIdOf } from '../webauthn/relying-party.ts';
import { type FactorKind, findFactorKinds, hasSecondFactor } from './factor.ts';

/** RFC 8176: more than one factor was used. */
export const MFA = 'mfa';

/** A factor to ask for, a choice among them, or one to set up. */
export type Step = FactorKind | 'choice' | 'enrolment' | 'totp-enrolment' | 'webauthn-enrolment';

/** The step that is due; undefined when the first factor is still missing, or nothing is. */
export async function dueStep(db: Db, run: Run): Promise<Step | undefined> {
  const userId = provedUserId(run);
  if (userId === undefined || methodsOf(run).includes(MFA)) return undefined;

  const hasFactor = await hasSecondFactor(db, userId);
  // A session from before a factor was added stays what it was, unless something demands more.
  const isAsked = hasFactor && run.progress.proof !== undefined;
  if (!isAsked && !(await isDemanded(db, run, userId))) return undefined;
  return hasFactor ? factorStep(db, run, userId) : enrolmentStep(run);
}

/** By our own rules, or by the service that asked for this sign-in. */
async function isDemanded(db: Db, { requirements, application }: Run, userId: number): Promise<boolean> {
  return requirements.mustUseMfa === true || mustUseMfa(db, userId, application?.id);
}

async function factorStep(db: Db, { origin, progress }: Run, userId: number): Promise<Step> {
  if (progress.factor === 'another') return 'choice';
  const kinds = await findFactorKinds(db, userId, rpIdOf(origin));
  return kinds.find((kind) => kind === progress.factor) ?? kinds[0] ?? 'choice';
}

function enrolmentStep({ progress: { enrolment } }: Run): Step {
  return enrolment === 'totp' || enrolment === 'webauthn' ? `${enrolment}-enrolment` : 'enrolment';
}
