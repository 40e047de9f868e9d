// A passkey or security key as second factor.
import { z } from 'zod';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { getProvedUserId, proveFurther, type Run } from '../../flow/run.ts';
import { recordRefusal } from '../second-factor/refusal.ts';
import { dueStep, MFA } from '../second-factor/step.ts';
import { assertionOptions, methodOf, verifyAssertion } from './assertion.ts';
import { type Keeper, signInCeremony } from './ceremony.ts';
import { listDescriptors } from './credential.ts';
import { rpIdOf } from './relying-party.ts';
import { assertionResponse } from './response.ts';
import { webauthnPage } from './views.ts';

const USE = 'second-factor';
const answered = z.object({ response: assertionResponse });

export function webauthnStage(keeper: Keeper): Stage {
  const { db } = keeper;
  const ceremonyOf = (run: Run) => signInCeremony(run, 'webauthn');
  return {
    name: 'webauthn',
    isDue: async (run) => (await dueStep(db, run)) === 'webauthn',
    async show(run) {
      const keys = await listDescriptors(db, getProvedUserId(run), rpIdOf(run.origin));
      return webauthnPage(run, await assertionOptions(keeper, ceremonyOf(run), USE, keys));
    },
    async submit(run, given) {
      const { response } = validate(answered, given);
      const userId = getProvedUserId(run);
      const verdict = await verifyAssertion(keeper, ceremonyOf(run), USE, response);
      if (verdict.ok && verdict.userId === userId) {
        return proveFurther(run, userId, [methodOf(verdict), MFA]);
      }
      const reason = verdict.ok ? 'foreign' : verdict.reason;
      await recordRefusal(db, run, { factor: 'webauthn', reason, userId: verdict.userId });
      throw new InvalidInput({ non_field_errors: [run.t('signin.webauthn.refused')] });
    },
  };
}
