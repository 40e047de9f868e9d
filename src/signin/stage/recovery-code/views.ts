// "Recovery code".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function recoveryCodePage({ t }: Run): Page {
  return page('signin/recovery-code', t('signin.recoveryCode.title'));
}
