// "Choose a new password": the button behind the link.
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function recoveryLinkPage({ t }: Run): Page {
  return page('signin/recovery-link', t('signin.recoveryLink.title'));
}
