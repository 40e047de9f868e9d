// Signing in with a passkey alone. It is never due: it is offered on the pages of the name and the password, and stands
// for both. Unlocking the passkey is a second factor in itself, so user verification is required.
import { z } from 'zod';
import { MFA } from '../../../identity/access/mfa-demand.ts';
import { findUser } from '../../../identity/user/user.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { identify, proveFurther } from '../../flow/run.ts';
import { recordRefusal } from '../second-factor/refusal.ts';
import { methodOf, verifyAssertion } from '../webauthn/assertion.ts';
import type { Keeper } from '../webauthn/ceremony.ts';
import { assertionResponse } from '../webauthn/response.ts';
import { passkeyCeremony } from './passkey.ts';

const answered = z.object({ response: assertionResponse });

/** `show` is the page to go back to when a passkey is refused. */
export function passkeyStage(keeper: Keeper, show: Stage['show']): Stage {
  const { db } = keeper;
  return {
    name: 'passkey',
    isRepeatable: true,
    isDue: () => false,
    show,
    async submit(run, given) {
      const { response } = validate(answered, given);
      const verdict = await verifyAssertion(keeper, passkeyCeremony(run), 'password-less', response);
      const user = verdict.ok ? await findUser(db, verdict.userId) : undefined;
      if (verdict.ok && user?.isActive) {
        identify(run, user.username, user.id);
        return proveFurther(run, user.id, [methodOf(verdict), MFA]);
      }
      const reason = verdict.ok ? 'refused' : verdict.reason;
      await recordRefusal(db, run, { factor: 'passkey', reason, userId: verdict.userId });
      throw new InvalidInput({ non_field_errors: [run.t('signin.passkey.refused')] });
    },
  };
}
