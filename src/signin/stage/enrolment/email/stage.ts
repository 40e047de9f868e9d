// Codes by e-mail as second factor, chosen on the way in: they count once one has arrived.
import type { Publisher } from '../../../../platform/database/changes.ts';
import type { Stage } from '../../../flow/flow.ts';
import { getProvedUserId } from '../../../flow/run.ts';
import { askingOf, beginAsking, takeAnswer } from '../../email-code/asking.ts';
import { addEmailDevice, type Sender } from '../../email-code/email-device.ts';
import { emailEnrolmentPage } from '../../email-code/views.ts';
import { giveRecoveryCodes } from '../../recovery-code/first-codes.ts';
import { dueStep } from '../../second-factor/step.ts';

interface Needs extends Sender {
  readonly changes: Publisher;
}

export function emailEnrolmentStage(needs: Needs): Stage {
  return {
    name: 'email-enrolment',
    isDue: async (run) => (await dueStep(needs, run)) === 'email-enrolment',
    begin: (run) => beginAsking(needs, run),
    show: async (run) => emailEnrolmentPage(run, await askingOf(needs, run)),
    async submit(run, given) {
      const userId = getProvedUserId(run);
      if (!(await takeAnswer(needs, run, given))) return;
      await addEmailDevice(needs.db, userId, run.t('signin.emailCode.defaultName'), run.now);
      await giveRecoveryCodes(needs, run, userId);
    },
  };
}
