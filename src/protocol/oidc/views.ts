// Pages of the protocol: those that stand between an application and the person it sent here.
import type { AccessReason } from '../../identity/access/access.ts';
import type { Context } from '../../platform/http/context.ts';
import { type Page, page } from '../../platform/view/page.ts';
import type { Fault } from './call.ts';
import type { Issuer } from './issuer.ts';
import type { Farewell } from './logout/front-channel.ts';

/** Why the person cannot be sent back; only administrators see what is registered. */
export function faultPage({ state: { t, viewer, requestId } }: Context, fault: Fault, issuer?: Issuer): Page {
  const isRedirectUri = fault.redirectUri !== undefined;
  const kind = isRedirectUri ? 'redirectUri' : fault.code === 'invalid_client' ? 'client' : 'request';
  const uris = issuer?.client.redirectUris.filter(({ purpose }) => purpose === 'authorization') ?? [];
  const isAdministrator = viewer?.isAdministrator === true;
  const data = {
    heading: t(`oidc.fault.${kind}.heading`),
    message: t(`oidc.fault.${kind}.message`, { application: issuer?.application.name ?? '' }),
    sent: fault.redirectUri ?? null,
    registered: isRedirectUri && isAdministrator ? uris.map(({ url }) => url) : null,
    editHref: isAdministrator && issuer ? `/if/admin/applications/${issuer.application.slug}/` : null,
    detail: isRedirectUri ? null : fault.description || fault.code,
    reference: t('problem.reference', { id: requestId }),
  };
  return page('oidc/fault', data.heading, data, fault.status);
}

/** The sign-in was left too long, or begun in another browser. */
export function expiredPage({ state: { t } }: Context): Page {
  return page('oidc/expired', t('oidc.expired.heading'), {}, 410);
}

interface Refusal {
  readonly application: string;
  readonly login: string;
  /** Groups that they would have to be in: one of them, or all. */
  readonly groups: readonly string[];
  readonly why: AccessReason['kind'];
}

/** Refused by access rules: by whom for what, and who could change it. Going on tells the application. */
export function refusedPage({ state: { t } }: Context, { application, login, groups, why }: Refusal): Page {
  const named = why === 'not_in_all' ? 'oidc.refused.allGroups' : 'oidc.refused.groups';
  const data = {
    application,
    login,
    reason: groups.length > 0 ? t(named, { groups: groups.join(', ') }) : t('oidc.refused.nobody'),
  };
  return page('oidc/refused', t('oidc.refused.heading', { application }), data, 403);
}

/** Asks before a session is ended that nobody has proved to know. */
export function signOutPage(
  { state: { t, viewer }, query }: Context,
  issuer: Issuer,
  fields: Record<string, string>,
): Page {
  const { name: application, slug } = issuer.application;
  const data = {
    application,
    login: viewer?.username ?? '',
    action: `/application/o/${slug}/end-session/confirm/${languageOf(query.ui_locales)}`,
    fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  };
  return page('oidc/sign-out', t('oidc.signOut.heading'), data);
}

/** What the client asked for holds for the next page as well. */
function languageOf(uiLocales: unknown): string {
  return typeof uiLocales === 'string' ? `?${new URLSearchParams({ ui_locales: uiLocales })}` : '';
}

/** Goodbye, with the clients that must hear it from this browser in frames; then the way on. */
export function farewellPage({ state: { t } }: Context, { frames, next }: Farewell): Page {
  return page('oidc/farewell', t('oidc.signedOut.heading'), { frames, next: next ?? null });
}

export function signedOutPage({ state: { t } }: Context, application: string): Page {
  return page('oidc/signed-out', t('oidc.signedOut.heading'), { application });
}
