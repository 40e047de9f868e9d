// "Choose a new password".
import { MIN_PASSWORD } from '../../../identity/user/password-rules.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import { personOf, type Run } from '../../flow/run.ts';

export function newPasswordPage(run: Run): Page {
  const data = { login: personOf(run)?.login ?? '', minimumPassword: MIN_PASSWORD };
  return page('signin/new-password', run.t('signin.newPassword.title'), data);
}
