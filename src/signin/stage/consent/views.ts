// What an application will see, in words.

import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import { personOf, type Run } from '../../flow/run.ts';

const KNOWN_SCOPES = ['openid', 'profile', 'email', 'groups', 'entitlements', 'offline_access'];

export function consentPage(run: Run): Page {
  const { t, requirements } = run;
  const { scopes = [], descriptions = {}, clientName = '' } = requirements.consent ?? {};
  return page('signin/consent', t('signin.consent.title', { application: clientName }), {
    application: clientName,
    login: personOf(run)?.login ?? '',
    permissions: scopes.map((scope) => inWords(scope, descriptions, t)),
  });
}

function inWords(scope: string, descriptions: Readonly<Record<string, string>>, t: Translate): string {
  if (KNOWN_SCOPES.includes(scope)) return t(`signin.consent.scope.${scope}`);
  return descriptions[scope] || t('signin.consent.scope.other', { scope });
}
