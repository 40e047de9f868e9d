// Pages about applications behind a proxy, for administrators.
import type { Application } from '../../../identity/application/application.ts';
import { ageChoices, ageInWords } from '../../../identity/application/session-age.ts';
import type { Group } from '../../../identity/group/group.ts';
import { settings } from '../../../platform/config/settings.ts';
import type { ProxyMode } from '../../../platform/database/generated/enums.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import { ENDPOINTS } from '../../oidc/configuration.ts';
import type { ProxyProvider } from '../provider/proxy-provider.ts';
import { renderSnippet, type SnippetKind, snippetKindsFor } from '../snippet/snippet.ts';

export const APPLICATIONS = '/if/admin/applications/';
export const CREATE = `${APPLICATIONS}create/proxy/`;
export const proxyPathOf = ({ slug }: Pick<Application, 'slug'>) => `${APPLICATIONS}${slug}/proxy/`;

const MODES = ['forward_single', 'forward_domain', 'proxy'] as const satisfies readonly ProxyMode[];

export function modePage(t: Translate): Page {
  const modes = MODES.map((mode) => ({
    path: `${CREATE}${mode.replace('_', '-')}/`,
    name: t(`admin.proxy.modes.${mode}.name`),
    text: t(`admin.proxy.modes.${mode}.text`),
  }));
  return page('proxy-application/mode', t('admin.proxy.modeTitle'), { modes });
}

export interface ClientChoice {
  readonly id: number;
  readonly name: string;
  readonly isProxied: boolean;
  readonly isChosen: boolean;
}

interface Choices {
  readonly groups: readonly (Group & { readonly isChosen: boolean })[];
  readonly clients: readonly ClientChoice[];
}

export function createPage(t: Translate, mode: ProxyMode, { groups, clients }: Choices): Page {
  return page('proxy-application/create', t('admin.proxy.createTitle'), {
    ...formData(t, mode, undefined),
    groups,
    clients,
    backPath: CREATE,
  });
}

export function editPage(
  t: Translate,
  application: Application,
  provider: ProxyProvider,
  clients: readonly ClientChoice[],
): Page {
  const { name } = application;
  return page('proxy-application/edit', t('admin.proxy.editTitle', { name }), {
    ...formData(t, provider.mode, provider),
    name,
    clients,
    backPath: proxyPathOf(application),
  });
}

/** A choice; the API takes any. */
const SESSION_AGES = [3600, 8 * 3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600];
const USUAL_SESSION_AGE = 24 * 3600;

function formData(t: Translate, mode: ProxyMode, provider: ProxyProvider | undefined) {
  const sessionAge = provider?.sessionValiditySeconds ?? USUAL_SESSION_AGE;
  return {
    mode,
    modeName: t(`admin.proxy.modes.${mode}.name`),
    modeText: t(`admin.proxy.modes.${mode}.text`),
    isNew: provider === undefined,
    isDomain: mode === 'forward_domain',
    isDirect: mode === 'proxy',
    // A fold that hides what somebody has set would look as if it were not set.
    hasOptions: provider !== undefined,
    sessionAges: ageChoices(t, SESSION_AGES, sessionAge),
    values: {
      externalHost: provider?.externalHost ?? '',
      internalHost: provider?.internalHost ?? '',
      cookieDomain: provider?.cookieDomain ?? '',
      skipPathRegex: provider?.skipPathRegex ?? '',
      sendsRemoteHeaders: provider?.sendsRemoteHeaders ?? false,
      basicAuthEnabled: provider?.basicAuthEnabled ?? false,
      basicAuthUserAttribute: provider?.basicAuthUserAttribute ?? '',
      basicAuthPasswordAttribute: provider?.basicAuthPasswordAttribute ?? '',
      skipsCertificateCheck: provider?.internalHostSslValidation === false,
      backendOverrideAttribute: provider?.backendOverrideAttribute ?? '',
      hostHeaderAttribute: provider?.hostHeaderAttribute ?? '',
      backendOverrideExpression: provider?.backendOverrideExpression ?? '',
      hostHeaderExpression: provider?.hostHeaderExpression ?? '',
      interceptsHeaderAuth: provider?.interceptHeaderAuth ?? true,
      sessionAge: String(sessionAge),
      isInteractiveOnly: provider?.interactiveOnly !== false,
    },
  };
}

export interface ProxyDetail {
  readonly application: Application;
  readonly provider: ProxyProvider;
  /** Names of the applications whose access tokens count. */
  readonly trustedClients: readonly string[];
  readonly kind: SnippetKind;
  /** Host and port at which the proxy reaches us, if somebody has said so. */
  readonly gatelodge: string | undefined;
  /** Headers that some people are given. */
  readonly additionalNames: readonly string[];
  /** Where this very request has found us, and GATELODGE_URL. */
  readonly origin: string;
  readonly url: string | undefined;
}

export function detailPage(t: Translate, detail: ProxyDetail): Page {
  const { application, provider, kind, gatelodge, additionalNames, origin, url } = detail;
  const path = proxyPathOf(application);
  const surroundings = { additionalNames, ...(gatelodge !== undefined && { gatelodge }) };
  return page('proxy-application/detail', t('admin.proxy.title', { name: application.name }), {
    name: application.name,
    applicationPath: `${APPLICATIONS}${application.slug}/`,
    editPath: `${path}edit/`,
    facts: factsOf(t, detail),
    addressLine: url === undefined ? `${settings.url.name}=${origin}` : null,
    gatelodge: gatelodge ?? 'gatelodge:9000',
    kind,
    kinds: snippetKindsFor(provider).map((each) => ({ value: each, label: t(`admin.proxy.kinds.${each}`) })),
    parts: renderSnippet(kind, provider, surroundings),
  });
}

function factsOf(t: Translate, { application, provider, trustedClients, url }: ProxyDetail) {
  const fact = (name: string, value: string) => ({ label: t(`admin.proxy.${name}`), value: value || '–' });
  const yesOrNo = (value: boolean) => t(value ? 'common.yes' : 'common.no');
  const { mode } = provider;
  return [
    fact('mode', t(`admin.proxy.modes.${mode}.name`)),
    fact('externalHost', provider.externalHost),
    ...(mode === 'forward_domain' ? [fact('cookieDomain', provider.cookieDomain)] : []),
    ...(mode === 'forward_domain' ? [] : [fact('internalHost', provider.internalHost)]),
    fact('openAddresses', provider.skipPathRegex.split('\n').filter(Boolean).join(' · ')),
    fact('sessionAge', ageInWords(t, provider.sessionValiditySeconds)),
    fact('interactiveOnlyFact', yesOrNo(provider.interactiveOnly !== false)),
    fact('remoteHeadersFact', yesOrNo(provider.sendsRemoteHeaders)),
    fact('basicAuthFact', yesOrNo(provider.basicAuthEnabled)),
    fact('programsFact', yesOrNo(provider.interceptHeaderAuth)),
    ...(trustedClients.length > 0 ? [fact('federationFact', trustedClients.join(', '))] : []),
    ...(url === undefined
      ? []
      : [fact('issuerFact', `${new URL(url).origin}${ENDPOINTS}/${application.slug}/`)]),
  ];
}
