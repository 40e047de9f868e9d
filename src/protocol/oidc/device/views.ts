// The pages on which a person lets a device in: they type its code, see who asks for what, and decide.
import { describeScope } from '../../../identity/access/scope-description.ts';
import type { Context } from '../../../platform/http/context.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { DeviceRequest } from './device-request.ts';

export function codePage({ state: { t, viewer } }: Context, code: string): Page {
  const data = { code, login: viewer?.username ?? '' };
  return page('oidc/device', t('oidc.device.heading'), data);
}

/** RFC 8628 §5.4: the code is shown again, so that a link from a stranger is noticed. */
export function confirmPage({ state: { t, viewer } }: Context, request: DeviceRequest): Page {
  const { issuer, userCode, code, scopes } = request;
  const { name: application } = issuer.application;
  const descriptions = Object.fromEntries(
    issuer.client.scopeMappings.map(({ scopeMapping }) => [scopeMapping.scopeName, scopeMapping.description]),
  );
  const address = code.deviceInfo?.address;
  const data = {
    application,
    userCode,
    login: viewer?.username ?? '',
    address: typeof address === 'string' ? address : null,
    permissions: scopes.map((scope) => describeScope(scope, descriptions, t)),
  };
  return page('oidc/device-confirm', t('oidc.device.confirm.heading', { application }), data);
}

export function grantedPage({ state: { t } }: Context, application: string): Page {
  const message = t('oidc.device.granted.message', { application });
  return page('oidc/device-result', t('oidc.device.granted.heading'), { message });
}

export function declinedPage({ state: { t } }: Context, application: string): Page {
  const message = t('oidc.device.declined.message', { application });
  return page('oidc/device-result', t('oidc.device.declined.heading'), { message });
}

/** Refused by access rules; somebody else may still let the device in. */
export function deviceRefusedPage(
  { state: { t } }: Context,
  application: string,
  groups: readonly string[],
): Page {
  const message =
    groups.length > 0 ? t('oidc.refused.groups', { groups: groups.join(', ') }) : t('oidc.refused.nobody');
  return page('oidc/device-result', t('oidc.refused.heading', { application }), { message }, 403);
}
