// "Create the administrator".
import { MIN_PASSWORD } from '../../../identity/user/password-rules.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function administratorPage({ t }: Run): Page {
  return page('signin/administrator', t('signin.setUp.title'), { minimumPassword: MIN_PASSWORD });
}
