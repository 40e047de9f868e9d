// "Create the administrator".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

/** Length is the only rule: rules about what a password is made of make worse passwords (NIST SP 800-63B-4 §3.1.1.2). */
export const MINIMUM_PASSWORD = 10;

export function administratorPage({ t }: Run): Page {
  return page('signin/administrator', t('signin.setUp.title'), { minimumPassword: MINIMUM_PASSWORD });
}
