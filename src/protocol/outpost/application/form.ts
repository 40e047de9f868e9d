// The fields of a proxied application's form, and what they mean to the rules.
import { z } from 'zod';
import { ProxyMode } from '../../../platform/database/generated/enums.ts';
import { chosen } from '../../../platform/http/choice.ts';
import type { ProxyProviderPatch } from '../provider/proxy-provider-fields.ts';

const typed = z.string().trim().default('');
/** The API takes a path and ignores it, as authentik does; who types one here means something by it. */
const serviceAddress = typed.refine((address) => {
  const url = URL.parse(address);
  return !url?.protocol.startsWith('http') || (url.pathname === '/' && url.search === '');
}, 'admin.proxy.errors.internalPath');
const ticked = z
  .literal('on')
  .optional()
  .transform((value) => value === 'on');

const settings = {
  mode: z.enum(ProxyMode).default('forward_single'),
  external_host: z.string().trim().min(1),
  internal_host: serviceAddress,
  cookie_domain: typed,
  skip_path_regex: z.string().default(''),
  remote_headers: ticked,
  basic_auth_enabled: ticked,
  basic_auth_user_attribute: typed,
  basic_auth_password_attribute: typed,
  skips_certificate_check: ticked,
  backend_override_attribute: typed,
  host_header_attribute: typed,
  backend_override_expression: typed,
  host_header_expression: typed,
  intercept_header_auth: ticked,
  jwt_federation_providers: chosen,
  session_validity_seconds: z.string().transform(Number).optional(),
  interactive_only: ticked,
};

export const settingsForm = z.object(settings);
export const createForm = z.object({ ...settings, name: z.string().trim().min(1), groups: chosen });

export function settingsOf(
  form: z.output<typeof settingsForm>,
): Omit<ProxyProviderPatch, 'name'> & { externalHost: string } {
  return {
    mode: form.mode,
    externalHost: form.external_host,
    internalHost: form.internal_host,
    cookieDomain: form.mode === 'forward_domain' ? form.cookie_domain : '',
    skipPathRegex: form.skip_path_regex.replaceAll('\r', ''),
    sendsRemoteHeaders: form.remote_headers,
    basicAuthEnabled: form.basic_auth_enabled,
    basicAuthUserAttribute: form.basic_auth_user_attribute,
    basicAuthPasswordAttribute: form.basic_auth_password_attribute,
    internalHostSslValidation: !form.skips_certificate_check,
    backendOverrideAttribute: form.backend_override_attribute,
    hostHeaderAttribute: form.host_header_attribute,
    backendOverrideExpression: form.backend_override_expression,
    hostHeaderExpression: form.host_header_expression,
    interceptHeaderAuth: form.intercept_header_auth,
    jwtFederationProviders: form.jwt_federation_providers.map(Number),
    sessionValiditySeconds: form.session_validity_seconds,
    interactiveOnly: form.interactive_only ? null : false,
  };
}
