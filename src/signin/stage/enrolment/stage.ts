// Somebody must have a second factor and has none: which one would they like to set up? It happens inside the sign-in,
// which then goes on.
import { z } from 'zod';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { provedUserId } from '../../flow/run.ts';
import { dueStep } from '../second-factor/step.ts';
import { beginTotp } from '../totp/totp.ts';
import { enrolmentPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly vault: Vault;
}

const chosen = z.object({ enrolment: z.enum(['totp', 'webauthn', 'another']) });

export function enrolmentStage({ db, vault }: Needs): Stage {
  return {
    name: 'enrolment',
    isRepeatable: true,
    isDue: async (run) => (await dueStep(db, run)) === 'enrolment',
    show: enrolmentPage,
    async submit(run, given) {
      const { enrolment } = validate(chosen, given);
      const step = await dueStep(db, run);
      const userId = provedUserId(run);
      // Whoever has a factor adds another one in their account, not here.
      if (userId === undefined || !step?.endsWith('enrolment')) return;
      if (enrolment === 'totp') await beginTotp(db, vault, userId, run.t('signin.totp.defaultName'));
      run.progress = { ...run.progress, enrolment };
    },
  };
}
