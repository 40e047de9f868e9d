// "Confirm your e-mail address".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function confirmEmailPage({ t }: Run): Page {
  return page('signin/confirm-email', t('signin.confirmEmail.title'));
}
