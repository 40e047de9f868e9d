// "Username or email".
import { type Page, page } from '../../../platform/view/page.ts';
import type { Run } from '../../flow/run.ts';

export function identificationPage({ t, application, requirements }: Run): Page {
  return page('signin/identification', t('signin.title'), {
    application: application?.name ?? null,
    loginHint: requirements.loginHint ?? '',
  });
}
