// "Code".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function totpPage({ t }: Run, mayTrust: boolean): Page {
  return page('signin/totp', t('signin.totp.title'), { mayTrust });
}
