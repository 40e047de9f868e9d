// "Another way": the choice among a person's second factors. It is due when they ask for it, or when none of what they
// have works here; every page of a factor leads to it.
import { z } from 'zod';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { getProvedUserId } from '../../flow/run.ts';
import type { Means } from '../email-code/email-device.ts';
import { findFactorKinds } from './factor.ts';
import { dueStep } from './step.ts';
import { choicePage } from './views.ts';

const chosen = z.object({ factor: z.enum(['webauthn', 'totp', 'email', 'recovery-code', 'another']) });

export function secondFactorStage(means: Means): Stage {
  return {
    name: 'second-factor',
    isRepeatable: true,
    isDue: async (run) => (await dueStep(means, run)) === 'choice',
    show: async (run) => choicePage(run, await findFactorKinds(means, run, getProvedUserId(run))),
    async submit(run, given) {
      const { factor } = validate(chosen, given);
      run.progress = { ...run.progress, factor };
    },
  };
}
