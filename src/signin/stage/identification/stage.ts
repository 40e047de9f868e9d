// Who signs in: a username or an e-mail address. Whether somebody has that name is looked up here and never shown.
import { z } from 'zod';
import { isEnrolmentOpen } from '../../../identity/installation/enrolment.ts';
import { findUserByLogin } from '../../../identity/user/user.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { forgetPerson, identify, personOf, type Run } from '../../flow/run.ts';
import { passkeyOffer } from '../passkey/passkey.ts';
import type { Keeper } from '../webauthn/ceremony.ts';
import { identificationPage } from './views.ts';

const notYou = z.object({ not_you: z.literal('1') });
const named = z.object({ uid_field: z.string().trim().min(1).max(254) });

export function identificationStage(keeper: Keeper): Stage {
  return {
    name: 'identification',
    isRepeatable: true,
    isDue: (run) => personOf(run) === undefined,
    show: async (run) =>
      identificationPage(run, await passkeyOffer(keeper, run), await isEnrolmentOpen(keeper.db)),
    async submit(run: Run, given: unknown) {
      if (notYou.safeParse(given).success) return forgetPerson(run);
      const { uid_field: login } = validate(named, given);
      const user = await findUserByLogin(keeper.db, login);
      identify(run, login, user?.id);
    },
  };
}
