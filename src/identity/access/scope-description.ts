// What a scope means, in words for the person who is asked to agree to it.
import type { Translate } from '../../platform/view/texts.ts';

const KNOWN_SCOPES = ['openid', 'profile', 'email', 'groups', 'entitlements', 'offline_access'];

/** The scope in words; `descriptions` are those that administrators gave to scopes of their own. */
export function describeScope(
  scope: string,
  descriptions: Readonly<Record<string, string>>,
  t: Translate,
): string {
  if (KNOWN_SCOPES.includes(scope)) return t(`signin.consent.scope.${scope}`);
  return descriptions[scope] || t('signin.consent.scope.other', { scope });
}
