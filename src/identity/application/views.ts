// Pages about applications for administrators.

import { faultsOf, signOutsOf } from '../../operation/admin/client-health.ts';
import { isExactSignInUri } from '../../operation/admin/oidc-application.ts';
import { endpointsOf, type OidcEndpoints } from '../../operation/admin/oidc-endpoints.ts';
import type { ClientFault } from '../../platform/database/generated/client.ts';
import { type Page, page } from '../../platform/view/page.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { OAuth2Provider } from '../../protocol/oidc/client.ts';
import type { NoticeOutcome } from '../../protocol/oidc/logout/logout-notice.ts';
import type { AccessBinding } from '../access/binding.ts';
import type { Group } from '../group/group.ts';
import type { Application } from './application.ts';
import { LOGOUT_METHODS } from './form.ts';
import { iconOf } from './icon.ts';
import { ageChoices, ageInWords } from './session-age.ts';

const ROOT = '/if/admin/applications/';

export const pathOf = (application: Pick<Application, 'slug'>) => `${ROOT}${application.slug}/`;
export const launchPathOf = (application: Pick<Application, 'slug'>) =>
  `/application/launch/${application.slug}/`;

export interface ListedApplication {
  readonly application: Application;
  readonly bindings: readonly AccessBinding[];
  readonly isLaunchable: boolean;
}

export function listPage(t: Translate, listed: readonly ListedApplication[], search: string): Page {
  const applications = listed.map(({ application, bindings, isLaunchable }) => ({
    name: application.name,
    slug: application.slug,
    icon: iconOf(application),
    path: pathOf(application),
    launchPath: isLaunchable ? launchPathOf(application) : null,
    type: t(`admin.applications.types.${application.provider?.type ?? 'link'}`),
    access: whoMayOpen(t, bindings),
  }));
  const isEmpty = applications.length === 0 && search === '';
  return page('application/list', t('admin.applications.title'), { applications, search, isEmpty });
}

function whoMayOpen(t: Translate, bindings: readonly AccessBinding[]): string {
  const granting = bindings.filter(({ isEnabled }) => isEnabled);
  if (granting.length === 0) return t('admin.applications.everybody');
  return granting.map((binding) => subjectOf(binding).name).join(', ');
}

function subjectOf({ group, user, isNegated }: AccessBinding): { name: string; path: string } {
  const name = group?.name ?? (user?.name || user?.username) ?? '';
  const path = group ? `/if/admin/groups/${group.id}/` : `/if/admin/users/${user?.id}/`;
  return { name: isNegated ? `≠ ${name}` : name, path };
}

export function createPage(t: Translate, groups: readonly Group[], chosen: readonly string[]): Page {
  return page('application/create', t('admin.applications.createTitle'), {
    ...formOptions(t),
    isNew: true,
    hasClient: true,
    values: valuesOf(undefined, undefined),
    groups: groups.map(({ id, name, isSuperuser }) => ({
      id,
      name,
      isSuperuser,
      isChosen: chosen.includes(id),
    })),
  });
}

export function editPage(t: Translate, application: Application, client: OAuth2Provider | undefined): Page {
  return page('application/edit', t('admin.applications.editTitle', { name: application.name }), {
    ...formOptions(t, application.maxSessionAgeSeconds ?? 0),
    isNew: false,
    hasClient: client !== undefined,
    name: application.name,
    detailPath: pathOf(application),
    values: valuesOf(application, client),
  });
}

/** `age` is the present one: it may have been set by the API, to anything. */
function formOptions(t: Translate, age = 0) {
  const choices = (kind: string, values: readonly string[]) =>
    values.map((value) => ({ value, label: t(`admin.applications.${kind}.${value}`) }));
  return {
    clientTypes: choices('clientTypes', ['confidential', 'public']),
    consentModes: choices('consentModes', ['implicit', 'explicit']),
    logoutMethods: choices('logoutMethods', LOGOUT_METHODS),
    sessionAges: ageChoices(t, SESSION_AGES, age),
  };
}

/** A choice of ages; the API takes any. */
const SESSION_AGES = [0, 900, 3600, 12 * 3600, 24 * 3600, 7 * 24 * 3600];

function valuesOf(application: Application | undefined, client: OAuth2Provider | undefined) {
  return {
    name: application?.name ?? '',
    slug: application?.slug ?? '',
    launchUrl: application?.launchUrl ?? '',
    description: application?.description ?? '',
    group: application?.group ?? '',
    isHidden: application?.isHidden ?? false,
    mustUseMfa: application?.mustUseMfa ?? false,
    maxSessionAge: String(application?.maxSessionAgeSeconds ?? 0),
    redirectUris: (client?.redirectUris ?? [])
      .filter(isExactSignInUri)
      .map(({ url }) => url)
      .join('\n'),
    clientType: client?.clientType ?? 'confidential',
    consentMode: client?.consentMode ?? 'implicit',
    logoutUri: client?.logoutUri ?? '',
    logoutMethod: client?.logoutMethod ?? 'backchannel',
  };
}

export interface ApplicationDetail {
  readonly application: Application;
  readonly bindings: readonly AccessBinding[];
  readonly isLaunchable: boolean;
  readonly groups: readonly Group[];
  readonly client: OAuth2Provider | undefined;
  readonly clientSecret: string | undefined;
  readonly origin: string;
  readonly language: string;
  readonly faults: readonly ClientFault[];
  readonly notices: readonly NoticeOutcome[];
}

export function detailPage(t: Translate, detail: ApplicationDetail): Page {
  const { application, bindings, groups, client } = detail;
  const path = pathOf(application);
  const boundGroups = new Set(bindings.map(({ groupId }) => groupId));
  return page('application/detail', application.name, {
    application,
    icon: iconOf(application),
    client: client ? clientData(t, client, detail) : null,
    proxy: proxyData(t, application),
    bindings: bindings.map((binding) => bindingData(t, binding, path)),
    grantableGroups: groups
      .filter(({ id }) => !boundGroups.has(id))
      .map(({ id, name }) => ({ value: id, label: name })),
    facts: factsOf(t, application, client),
    launchPath: detail.isLaunchable ? launchPathOf(application) : null,
    editPath: `${path}edit/`,
    settingsPath: client?.recipe ? `${path}settings/` : null,
    advancedPath: client ? `${path}advanced/` : null,
    claimsPath: client ? `${path}claims/` : null,
    bindPath: `${path}bindings/`,
    rotatePath: `${path}rotate-secret/`,
    faults: client ? faultsOf({ t, language: detail.language }, detail.faults, path, client) : [],
    dismissPath: `${path}faults/dismiss/`,
    signOuts: signOutsOf({ t, language: detail.language }, detail.notices),
    deletePath: `${path}delete/`,
  });
}

function clientData(
  t: Translate,
  client: OAuth2Provider,
  { application, clientSecret, origin }: ApplicationDetail,
) {
  const endpoints = endpointsOf(origin, application.slug, client.issuerMode);
  const furtherOnes = [
    'authorization',
    'token',
    'userinfo',
    'jwks',
    'endSession',
  ] satisfies (keyof OidcEndpoints)[];
  return {
    id: client.clientId,
    secret: client.clientType === 'confidential' ? (clientSecret ?? null) : null,
    issuer: endpoints.issuer,
    discovery: endpoints.discovery,
    endpoints: furtherOnes.map((name) => ({
      label: t(`admin.applications.endpoint.${name}`),
      url: endpoints[name],
    })),
    redirectUris: client.redirectUris.map((uri) => ({
      url: uri.url,
      badge: isExactSignInUri(uri)
        ? null
        : t(`admin.applications.uri.${uri.matchingMode === 'regex' ? 'regex' : uri.purpose}`),
    })),
  };
}

/** Where an application behind a proxy has its settings (protocol/outpost/application). */
function proxyData(t: Translate, application: Application) {
  if (application.provider?.type !== 'proxy') return null;
  return { text: t('admin.proxy.connected'), path: `${pathOf(application)}proxy/` };
}

function bindingData(t: Translate, binding: AccessBinding, path: string) {
  return {
    ...subjectOf(binding),
    kind: t(binding.groupId ? 'admin.applications.groupBinding' : 'admin.applications.userBinding'),
    removePath: `${path}bindings/${binding.id}/delete/`,
  };
}

function factsOf(t: Translate, application: Application, client: OAuth2Provider | undefined) {
  const fact = (name: string, value: string) => ({
    label: t(`admin.applications.${name}`),
    value: value || '–',
  });
  const ofClient = client && [
    fact('clientType', t(`admin.applications.clientTypes.${client.clientType}`)),
    fact('consent', t(`admin.applications.consentModes.${client.consentMode}`)),
    fact('scopes', client.scopeMappings.map(({ scopeMapping }) => scopeMapping.scopeName).join(', ')),
    fact('signingAlgorithm', client.signingAlgorithm),
    fact('logoutUri', client.logoutUri),
  ];
  return [
    fact('slug', application.slug),
    ...(ofClient ?? []),
    fact('mustUseMfa', t(application.mustUseMfa ? 'common.yes' : 'common.no')),
    fact('maxSessionAge', ageInWords(t, application.maxSessionAgeSeconds ?? 0)),
    fact('launchUrl', application.launchUrl),
    fact('heading', application.group),
    fact('inLibrary', t(application.isHidden ? 'common.no' : 'common.yes')),
  ];
}

export function deletePage(t: Translate, application: Application): Page {
  const { name } = application;
  return page('application/delete', t('admin.applications.deleteTitle', { name }), {
    name,
    text: t(`admin.applications.${application.provider?.type === 'proxy' ? 'deleteProxied' : 'deleteText'}`, {
      name,
    }),
    detailPath: pathOf(application),
  });
}
