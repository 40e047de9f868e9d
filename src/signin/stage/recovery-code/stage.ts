// A recovery code in place of the second factor that was lost.
import { z } from 'zod';
import { recordEvent } from '../../../identity/event/event.ts';
import type { Db } from '../../../platform/database/database.ts';
import { checkInput } from '../../../platform/http/input.ts';
import type { Stage } from '../../flow/flow.ts';
import { personOf, type Run } from '../../flow/run.ts';
import { proveByCode } from '../second-factor/guess.ts';
import { dueStep } from '../second-factor/step.ts';
import { countRecoveryCodes, redeemRecoveryCode } from './recovery-code.ts';
import { recoveryCodePage } from './views.ts';

const typed = z.object({ code: z.string().trim().min(1).max(64) });

export function recoveryCodeStage({ db }: { readonly db: Db }): Stage {
  return {
    name: 'recovery-code',
    isDue: async (run) => (await dueStep(db, run)) === 'recovery-code',
    show: recoveryCodePage,
    async submit(run, given) {
      const { code } = checkInput(typed, given, run.t);
      await proveByCode(db, run, {
        factor: 'recovery-code',
        refusal: 'signin.recoveryCode.refused',
        verify: (userId) => redeemRecoveryCode(db, userId, code, run.now),
      });
      await recordUse(db, run);
    },
  };
}

/** Somebody may have found the sheet of paper: its owner can see that a code was used. */
async function recordUse(db: Db, run: Run): Promise<void> {
  const person = personOf(run);
  if (person?.id === undefined) return;
  await recordEvent(db, {
    action: 'custom_',
    source: 'signin.recovery-code',
    userId: person.id,
    username: person.login,
    context: { message: 'A recovery code was used.', left: await countRecoveryCodes(db, person.id) },
    clientAddress: run.client.address,
    requestId: run.requestId,
  });
}
