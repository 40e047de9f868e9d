// "Look into your mailbox".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';
import type { Asking } from './asking.ts';

export function emailCodePage({ t }: Run, asking: Asking, mayTrust: boolean): Page {
  return page('signin/email-code', t('signin.emailCode.title'), {
    ...asking,
    stage: 'email',
    mayTrust,
    isEnrolment: false,
  });
}

export function emailEnrolmentPage({ t }: Run, asking: Asking): Page {
  return page('signin/email-code', t('signin.enrolment.emailTitle'), {
    ...asking,
    stage: 'email-enrolment',
    mayTrust: false,
    isEnrolment: true,
  });
}
