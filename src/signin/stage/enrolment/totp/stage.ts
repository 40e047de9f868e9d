// Setting up an authenticator app on the way in: it counts once a code shows that the app knows the secret.
import { z } from 'zod';
import { MFA } from '../../../../identity/access/mfa-demand.ts';
import type { Vault } from '../../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../../platform/database/changes.ts';
import { Expired, InvalidInput } from '../../../../platform/problem/problem.ts';
import { validate } from '../../../../platform/problem/validate.ts';
import type { Stage } from '../../../flow/flow.ts';
import { getProvedUserId, personOf, proveFurther } from '../../../flow/run.ts';
import type { Means } from '../../email-code/email-device.ts';
import { giveRecoveryCodes } from '../../recovery-code/first-codes.ts';
import { dueStep } from '../../second-factor/step.ts';
import { describeTotpSecret } from '../../totp/key-uri.ts';
import { confirmTotp, findPendingTotp } from '../../totp/totp.ts';
import { rpIdOf } from '../../webauthn/relying-party.ts';
import { totpEnrolmentPage } from './views.ts';

interface Needs extends Means {
  readonly changes: Publisher;
  readonly vault: Vault;
}

const typed = z.object({ code: z.string().trim().min(1).max(16) });

export function totpEnrolmentStage(needs: Needs): Stage {
  const { db, vault } = needs;
  return {
    name: 'totp-enrolment',
    isDue: async (run) => (await dueStep(needs, run)) === 'totp-enrolment',
    async show(run) {
      const pending = await findPendingTotp(db, vault, getProvedUserId(run));
      // Given up elsewhere, in the account's own pages: they can choose again.
      if (!pending) throw new Expired(run.t('signin.enrolment.gone'));
      const login = personOf(run)?.login ?? '';
      return totpEnrolmentPage(run, describeTotpSecret(pending.secret, rpIdOf(run.origin), login));
    },
    async submit(run, given) {
      const { code } = validate(typed, given);
      const userId = getProvedUserId(run);
      const isConfirmed = await confirmTotp(db, vault, userId, code, run.now);
      if (!isConfirmed) throw new InvalidInput({ code: [run.t('signin.totp.notConfirmed')] });
      proveFurther(run, userId, ['otp', MFA]);
      await giveRecoveryCodes(needs, run, userId);
    },
  };
}
