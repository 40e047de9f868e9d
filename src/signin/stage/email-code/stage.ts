// The code that was mailed.
import type { Stage } from '../../flow/flow.ts';
import { getProvedUserId } from '../../flow/run.ts';
import { dueStep } from '../second-factor/step.ts';
import { askForTrust, mayAskForTrust } from '../second-factor/trust.ts';
import { askingOf, beginAsking, takeAnswer } from './asking.ts';
import { recordEmailDeviceUse, type Sender } from './email-device.ts';
import { emailCodePage } from './views.ts';

export function emailCodeStage(sender: Sender): Stage {
  return {
    name: 'email',
    isDue: async (run) => (await dueStep(sender, run)) === 'email',
    begin: (run) => beginAsking(sender, run),
    show: async (run) =>
      emailCodePage(run, await askingOf(sender, run), await mayAskForTrust(sender.db, run)),
    async submit(run, given) {
      const userId = getProvedUserId(run);
      if (!(await takeAnswer(sender, run, given))) return;
      await recordEmailDeviceUse(sender.db, userId, run.now);
      askForTrust(run, given);
    },
  };
}
