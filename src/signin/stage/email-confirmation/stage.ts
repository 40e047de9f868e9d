// "Is this your address?": opening the link shows a button, pressing it confirms.
import { isLinkOpen } from '../../../identity/user/one-time-link.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { Expired } from '../../../platform/problem/problem.ts';
import type { Stage } from '../../flow/flow.ts';
import { confirmEmail } from './email-confirmation.ts';
import { confirmEmailPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly post: Post;
}

export function emailConfirmationStage(needs: Needs): Stage {
  return {
    name: 'email-confirmation',
    isDue: (run) => run.token !== undefined,
    async show(run) {
      const isOpen = run.token !== undefined && (await isLinkOpen(needs.db, 'email', run.token, run.now));
      if (!isOpen) throw new Expired(run.t('signin.confirmEmail.deadLink'));
      return confirmEmailPage(run);
    },
    async submit(run) {
      if (!(await confirmEmail(needs, run))) throw new Expired(run.t('signin.confirmEmail.deadLink'));
      run.token = undefined;
    },
  };
}
