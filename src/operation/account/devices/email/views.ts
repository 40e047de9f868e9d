// "Codes by e-mail", being set up.
import { type Page, page } from '../../../../platform/view/page.ts';
import type { Translate } from '../../../../platform/view/texts.ts';

export function newEmailPage(t: Translate, address: string): Page {
  return page('account/email-code-add', t('signin.enrolment.emailTitle'), { address });
}
