// "Create your account", filled in with what the invitation knows.
import type { Invitation } from '../../../identity/invitation/invitation.ts';
import { MIN_PASSWORD } from '../../../identity/user/password-rules.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function accountPage({ t }: Run, invitation: Invitation | undefined): Page {
  return page('signin/account', t('signin.account.title'), {
    username: invitation?.username ?? '',
    name: invitation?.fullName ?? '',
    email: invitation?.email ?? '',
    minimumPassword: MIN_PASSWORD,
  });
}
