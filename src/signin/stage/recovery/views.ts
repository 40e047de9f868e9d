// "Forgot your password?" and "Look into your mailbox".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

/** A token that is still in the address was of no use. */
export function recoveryPage({ t, token }: Run, canMail: boolean): Page {
  return page('signin/recovery', t('signin.recovery.title'), { isDeadLink: token !== undefined, canMail });
}

export function sentPage({ t }: Run): Page {
  return page('signin/recovery-sent', t('signin.recovery.sentTitle'));
}
