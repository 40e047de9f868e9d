// "Recovery code", and the page that shows new ones.
import { type Page, page } from '../../../platform/view/page.ts';
import { personOf, type Run } from '../../flow/run.ts';
import { codeSheet } from './code-sheet.ts';

export function recoveryCodePage({ t }: Run): Page {
  return page('signin/recovery-code', t('signin.recoveryCode.title'));
}

export function firstCodesPage(run: Run, codes: readonly string[]): Page {
  const host = new URL(run.origin).hostname;
  const sheet = codeSheet(run.t, codes, { host, username: personOf(run)?.login ?? '' });
  return page('signin/recovery-codes', run.t('signin.recoveryCodes.title'), { ...sheet });
}
