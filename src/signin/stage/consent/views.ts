// What an application will see, in words.

import { describeScope } from '../../../identity/access/scope-description.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import { personOf, type Run } from '../../flow/run.ts';

export function consentPage(run: Run): Page {
  const { t, requirements } = run;
  const { scopes = [], descriptions = {}, clientName = '' } = requirements.consent ?? {};
  return page('signin/consent', t('signin.consent.title', { application: clientName }), {
    application: clientName,
    login: personOf(run)?.login ?? '',
    permissions: scopes.map((scope) => describeScope(scope, descriptions, t)),
  });
}
