// "Forgot your password?": asks for the name, and then says the same to everybody.
import { z } from 'zod';
import type { Db } from '../../../platform/database/database.ts';
import type { Post } from '../../../platform/mail/post.ts';
import { Unavailable } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { askForRecovery } from './recovery.ts';
import { recoveryPage, sentPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly post: Post;
}

const named = z.object({ uid_field: z.string().trim().min(1).max(254) });

export function recoveryStage({ db, post }: Needs): Stage {
  return {
    name: 'recovery',
    isDue: (run) => run.progress.proof === undefined,
    show: (run) => (run.progress.isRecoveryAsked ? sentPage(run) : recoveryPage(run, post.isOpen)),
    async submit(run, given) {
      const { uid_field: login } = validate(named, given);
      if (!post.isOpen) throw new Unavailable(run.t('signin.recovery.noMail'));
      await askForRecovery({ db, post }, run, login);
      run.progress = { isRecoveryAsked: true };
    },
  };
}
