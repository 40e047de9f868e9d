// The page of what only some clients need.
import type { Application } from '../../../identity/application/application.ts';
import { IssuerMode, SubjectMode } from '../../../platform/database/generated/enums.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import { formatDuration } from '../../provider/duration.ts';
import type { OAuth2Provider } from '../client.ts';
import { GRANT_TYPES } from '../client-fields.ts';
import { SIGNING_ALGORITHMS } from '../signing-algorithm.ts';
import { EMAIL_VERIFIED, isPattern, isSignOutUri } from './form.ts';

/** `grantTypes` are those that are ticked: the client's own, or what was just sent. */
export function advancedPage(
  t: Translate,
  { name, slug }: Pick<Application, 'name' | 'slug'>,
  client: OAuth2Provider,
  grantTypes: readonly string[],
): Page {
  const choices = (kind: string, values: readonly string[]) =>
    values.map((value) => ({ value, label: t(`admin.advanced.${kind}.${value}`) }));
  return page('oidc/advanced', t('admin.advanced.title', { name }), {
    name,
    detailPath: `/if/admin/applications/${slug}/`,
    grants: GRANT_TYPES.map((value) => {
      const word = value.split(':').at(-1) ?? value;
      return {
        id: word,
        value,
        label: t(`admin.advanced.grants.${word}`),
        isChosen: grantTypes.includes(value),
      };
    }),
    isPublic: client.clientType === 'public',
    algorithms: SIGNING_ALGORITHMS.map((value) => ({
      value,
      label: `${value} – ${t(`admin.keys.algorithms.${value}`)}`,
    })),
    subjectModes: choices('subjectModes', Object.values(SubjectMode)),
    issuerModes: choices('issuerModes', Object.values(IssuerMode)),
    emailVerified: choices('emailVerifiedModes', EMAIL_VERIFIED),
    values: valuesOf(client),
  });
}

function valuesOf(client: OAuth2Provider) {
  const lines = (test: typeof isPattern) => client.redirectUris.filter(test).map(({ url }) => url);
  const { emailVerifiedOverride: override, consentValiditySeconds: consentSeconds } = client;
  return {
    isPkceRequired: client.isPkceRequired,
    jwksUri: client.jwksUri,
    jwks: client.jwks === null ? '' : JSON.stringify(client.jwks, null, 2),
    signingAlgorithm: client.signingAlgorithm,
    subMode: client.subjectMode,
    issuerMode: client.issuerMode,
    includesClaims: client.includeClaimsInIdToken,
    emailVerified: override === null ? 'own' : override ? 'always' : 'never',
    accessCodeValidity: formatDuration(client.accessCodeValiditySeconds),
    accessTokenValidity: formatDuration(client.accessTokenValiditySeconds),
    refreshTokenValidity: formatDuration(client.refreshTokenValiditySeconds),
    consentValidity: consentSeconds === null ? '' : formatDuration(consentSeconds),
    redirectPatterns: lines(isPattern).join('\n'),
    signOutUris: lines(isSignOutUri).join('\n'),
  };
}
