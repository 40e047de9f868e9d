// Somebody must have a second factor and has none: which one would they like to set up? It happens inside the sign-in,
// which then goes on.
import { z } from 'zod';
import type { Vault } from '../../../platform/crypto/vault.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { getProvedUserId, provedUserId } from '../../flow/run.ts';
import type { Means } from '../email-code/email-device.ts';
import { mayUseEmailCodes } from '../second-factor/factor.ts';
import { dueStep, ENROLMENTS } from '../second-factor/step.ts';
import { beginTotp } from '../totp/totp.ts';
import { enrolmentPage } from './views.ts';

interface Needs extends Means {
  readonly vault: Vault;
}

const chosen = z.object({ enrolment: z.enum([...ENROLMENTS, 'another']) });

export function enrolmentStage(needs: Needs): Stage {
  const { db, vault } = needs;
  return {
    name: 'enrolment',
    isRepeatable: true,
    isDue: async (run) => (await dueStep(needs, run)) === 'enrolment',
    async show(run) {
      const mayMail = await mayUseEmailCodes(needs, run, getProvedUserId(run));
      return enrolmentPage(run, mayMail ? ENROLMENTS : ENROLMENTS.filter((each) => each !== 'email'));
    },
    async submit(run, given) {
      const { enrolment } = validate(chosen, given);
      const step = await dueStep(needs, run);
      const userId = provedUserId(run);
      // Whoever has a factor adds another one in their account, not here.
      if (userId === undefined || !step?.endsWith('enrolment')) return;
      if (enrolment === 'totp') await beginTotp(db, vault, userId, run.t('signin.totp.defaultName'));
      run.progress = { ...run.progress, enrolment };
    },
  };
}
