// "Create your account": one form, and its person is signed in.
import type { Post } from '../../../platform/mail/post.ts';
import { Expired, Forbidden, type Problem, TooManyRequests } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { identify, prove, type Run } from '../../flow/run.ts';
import { admitRequest } from '../../session/lockout.ts';
import { writeConfirmationLetter } from '../email-confirmation/email-confirmation.ts';
import { enrol, findAdmittance, type Needs as Rules } from './account.ts';
import { accountForm } from './form.ts';
import { accountPage } from './views.ts';

interface Needs extends Rules {
  readonly post: Post;
}

export function accountStage({ db, changes, passwords, post }: Needs): Stage {
  return {
    name: 'account',
    isDue: ({ progress }) => progress.proof === undefined,
    async show(run) {
      const admittance = await findAdmittance(db, run);
      if (!admittance) throw closed(run);
      return accountPage(run, admittance.invitation);
    },
    async submit(run, given) {
      const admittance = await findAdmittance(db, run);
      if (!admittance) throw closed(run);
      const { password_repeat: _, ...typed } = validate(accountForm, given);
      if (!admittance.invitation) await slowDown(run);
      const user = await enrol({ db, changes, passwords }, run, admittance, typed);
      run.token = undefined;
      identify(run, user.username, user.id);
      prove(run, user.id, 'pwd');
      if (user.email !== '' && !user.emailVerified)
        post.sendLater(() => writeConfirmationLetter(db, user, user.email));
    },
  };

  async function slowDown({ client, now, t }: Run): Promise<void> {
    const seconds = await admitRequest(db, 'enrolment', client.address, now);
    if (seconds === undefined) return;
    throw new TooManyRequests(t('signin.account.tooMany', { seconds }), { retryAfterSeconds: seconds });
  }
}

function closed({ t, token }: Run): Problem {
  return token === undefined
    ? new Forbidden(t('signin.account.notOpen'))
    : new Expired(t('signin.account.closed'));
}
