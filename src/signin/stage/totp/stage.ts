// The code from an authenticator app.
import { z } from 'zod';
import type { Vault } from '../../../platform/crypto/vault.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import type { Means } from '../email-code/email-device.ts';
import { proveByCode } from '../second-factor/guess.ts';
import { dueStep } from '../second-factor/step.ts';
import { askForTrust, mayAskForTrust } from '../second-factor/trust.ts';
import { verifyTotp } from './totp.ts';
import { totpPage } from './views.ts';

interface Needs extends Means {
  readonly vault: Vault;
}

const typed = z.object({ code: z.string().trim().min(1).max(16) });

export function totpStage(needs: Needs): Stage {
  const { db, vault } = needs;
  return {
    name: 'totp',
    isDue: async (run) => (await dueStep(needs, run)) === 'totp',
    show: async (run) => totpPage(run, await mayAskForTrust(db, run)),
    async submit(run, given) {
      const { code } = validate(typed, given);
      await proveByCode(db, run, {
        factor: 'totp',
        refusal: 'signin.totp.refused',
        verify: (userId) => verifyTotp(db, vault, userId, code, run.now),
      });
      askForTrust(run, given);
    },
  };
}
