// Following the link. Opening it only shows a button: mail scanners and previews open links too, and must not use it up.
import { isLinkOpen, redeemLink } from '../../../identity/user/one-time-link.ts';
import { getUser } from '../../../identity/user/user.ts';
import type { Db } from '../../../platform/database/database.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import type { Stage } from '../../flow/flow.ts';
import { identify, prove } from '../../flow/run.ts';
import { BY_LINK, BY_MAIL } from './recovery-link.ts';
import { recoveryLinkPage } from './views.ts';

export function recoveryLinkStage({ db }: { readonly db: Db }): Stage {
  return {
    name: 'recovery-link',
    async isDue({ token, progress, now }) {
      return token !== undefined && !progress.proof && isLinkOpen(db, 'recovery', token, now);
    },
    show: recoveryLinkPage,
    async submit(run) {
      const redeemed = run.token && (await redeemLink(db, 'recovery', run.token, run.now));
      if (!redeemed) throw new InvalidInput({ non_field_errors: [run.t('signin.recovery.deadLink')] });
      const user = await getUser(db, redeemed.userId);
      run.token = undefined;
      identify(run, user.username, user.id);
      prove(run, user.id, redeemed.email === '' ? BY_LINK : BY_MAIL);
    },
  };
}
