// Making a passkey, or adding a security key, on the way in.
import { z } from 'zod';
import { MFA } from '../../../../identity/access/mfa-demand.ts';
import { getUser } from '../../../../identity/user/user.ts';
import type { Publisher } from '../../../../platform/database/changes.ts';
import { InvalidInput } from '../../../../platform/problem/problem.ts';
import { validate } from '../../../../platform/problem/validate.ts';
import type { Stage } from '../../../flow/flow.ts';
import { getProvedUserId, proveFurther, type Run } from '../../../flow/run.ts';
import type { Means } from '../../email-code/email-device.ts';
import { giveRecoveryCodes } from '../../recovery-code/first-codes.ts';
import { dueStep } from '../../second-factor/step.ts';
import { methodOf } from '../../webauthn/assertion.ts';
import { type Keeper, signInCeremony } from '../../webauthn/ceremony.ts';
import { registerCredential, registrationOptions } from '../../webauthn/registration.ts';
import { registrationResponse } from '../../webauthn/response.ts';
import { webauthnEnrolmentPage } from './views.ts';

const made = z.object({ response: registrationResponse });

interface Needs extends Keeper, Means {
  readonly changes: Publisher;
}

export function webauthnEnrolmentStage(keeper: Needs): Stage {
  const ceremonyOf = (run: Run) => signInCeremony(run, 'webauthn-enrolment');
  return {
    name: 'webauthn-enrolment',
    isDue: async (run) => (await dueStep(keeper, run)) === 'webauthn-enrolment',
    async show(run) {
      const user = await getUser(keeper.db, getProvedUserId(run));
      return webauthnEnrolmentPage(run, await registrationOptions(keeper, ceremonyOf(run), user));
    },
    async submit(run, given) {
      const { response } = validate(made, given);
      const key = { userId: getProvedUserId(run), name: run.t('signin.webauthn.defaultName'), response };
      const credential = await registerCredential(keeper, ceremonyOf(run), key);
      if (!credential) throw new InvalidInput({ non_field_errors: [run.t('signin.webauthn.notRegistered')] });
      proveFurther(run, key.userId, [methodOf(credential), MFA]);
      await giveRecoveryCodes(keeper, run, key.userId);
    },
  };
}
