// The code from an authenticator app.
import { z } from 'zod';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { proveByCode } from '../second-factor/guess.ts';
import { dueStep } from '../second-factor/step.ts';
import { verifyTotp } from './totp.ts';
import { totpPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly vault: Vault;
}

const typed = z.object({ code: z.string().trim().min(1).max(16) });

export function totpStage({ db, vault }: Needs): Stage {
  return {
    name: 'totp',
    isDue: async (run) => (await dueStep(db, run)) === 'totp',
    show: totpPage,
    async submit(run, given) {
      const { code } = validate(typed, given);
      await proveByCode(db, run, {
        factor: 'totp',
        refusal: 'signin.totp.refused',
        verify: (userId) => verifyTotp(db, vault, userId, code, run.now),
      });
    },
  };
}
