// "Set up a second factor".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function enrolmentPage({ t, application }: Run): Page {
  return page('signin/enrolment', t('signin.enrolment.title'), { application: application?.name ?? null });
}
