// A passkey or security key as second factor.
import { z } from 'zod';
import { MFA } from '../../../identity/access/mfa-demand.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { getProvedUserId, proveFurther, type Run } from '../../flow/run.ts';
import type { Means } from '../email-code/email-device.ts';
import { recordRefusal } from '../second-factor/refusal.ts';
import { dueStep } from '../second-factor/step.ts';
import { askForTrust, mayAskForTrust } from '../second-factor/trust.ts';
import { assertionOptions, methodOf, verifyAssertion } from './assertion.ts';
import { type Keeper, signInCeremony } from './ceremony.ts';
import { listDescriptors } from './credential.ts';
import { rpIdOf } from './relying-party.ts';
import { assertionResponse } from './response.ts';
import { webauthnPage } from './views.ts';

const USE = 'second-factor';
const answered = z.object({ response: assertionResponse });

interface Needs extends Keeper, Means {}

export function webauthnStage(keeper: Needs): Stage {
  const { db } = keeper;
  const ceremonyOf = (run: Run) => signInCeremony(run, 'webauthn');
  return {
    name: 'webauthn',
    isDue: async (run) => (await dueStep(keeper, run)) === 'webauthn',
    async show(run) {
      const keys = await listDescriptors(db, getProvedUserId(run), rpIdOf(run.origin));
      const options = await assertionOptions(keeper, ceremonyOf(run), USE, keys);
      return webauthnPage(run, options, await mayAskForTrust(db, run));
    },
    async submit(run, given) {
      const { response } = validate(answered, given);
      const userId = getProvedUserId(run);
      const verdict = await verifyAssertion(keeper, ceremonyOf(run), USE, response);
      if (verdict.ok && verdict.userId === userId) {
        proveFurther(run, userId, [methodOf(verdict), MFA]);
        return askForTrust(run, given);
      }
      const reason = verdict.ok ? 'foreign' : verdict.reason;
      await recordRefusal(db, run, { factor: 'webauthn', reason, userId: verdict.userId });
      throw new InvalidInput({ non_field_errors: [run.t('signin.webauthn.refused')] });
    },
  };
}
