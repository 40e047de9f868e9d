// "Change your password".
import { MIN_PASSWORD } from '../../../identity/user/password-rules.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';

export function passwordPage(t: Translate, username: string, hasOld: boolean): Page {
  return page('account/password', t('portal.password.title'), {
    username,
    hasOld,
    minimumPassword: MIN_PASSWORD,
  });
}
