// How the API shows a proxy provider, and what may be written to one: authentik's field names and forms. What authentik's
// flows, certificates and mappings stand for is built in here.
import { z } from 'zod';
import { providerShape, representProvider } from '../../../identity/application/provider-representation.ts';
import { ProxyMode } from '../../../platform/database/generated/enums.ts';
import { formatDuration, parseDuration } from '../../provider/duration.ts';
import { findProviderFlow, IMPLICIT_CONSENT, PROVIDER_INVALIDATION } from '../../provider/provider-flow.ts';
import type { ProxyProvider } from './proxy-provider.ts';
import { newProxyProvider } from './proxy-provider-fields.ts';

export const proxyProviderShape = z.object({
  ...providerShape,
  authentication_flow: z.null(),
  authorization_flow: z.uuid(),
  invalidation_flow: z.uuid(),
  property_mappings: z.array(z.uuid()),
  client_id: z.string(),
  internal_host: z.string(),
  external_host: z.string(),
  internal_host_ssl_validation: z.boolean(),
  certificate: z.null(),
  skip_path_regex: z.string(),
  basic_auth_enabled: z.boolean(),
  basic_auth_password_attribute: z.string(),
  basic_auth_user_attribute: z.string(),
  mode: z.enum(ProxyMode),
  intercept_header_auth: z.boolean(),
  redirect_uris: z.array(z.object({ matching_mode: z.string(), url: z.string() })),
  cookie_domain: z.string(),
  jwt_federation_sources: z.array(z.uuid()),
  jwt_federation_providers: z.array(z.int()),
  access_token_validity: z.string(),
  refresh_token_validity: z.string(),
  outpost_set: z.array(z.string()),
  interactive_only: z.boolean().nullable(),
  remote_headers: z.boolean(),
  backend_override_attribute: z.string(),
  host_header_attribute: z.string(),
  backend_override_expression: z.string(),
  host_header_expression: z.string(),
});

const rule = newProxyProvider.shape;

const duration = z.string().transform((given, context) => {
  const seconds = parseDuration(given);
  if (seconds === undefined) {
    context.addIssue({ code: 'custom', message: 'Write it as hours=1;minutes=30.', input: given });
  }
  return seconds ?? 0;
});

const flow = (designation: 'authorization' | 'invalidation') =>
  z
    .string()
    .refine((given) => findProviderFlow(given, designation) !== undefined, 'There is no such flow.')
    .optional();

const none = z.array(z.unknown()).max(0, 'This is not supported.').optional();

/** What the API may write to a proxy provider. */
export const proxyProviderFields = z.strictObject({
  name: rule.name,
  authentication_flow: z.null().optional(),
  authorization_flow: flow('authorization'),
  invalidation_flow: flow('invalidation'),
  /** Taken and not needed: scripts for authentik name its built-in mappings here. */
  property_mappings: z.array(z.string()).optional(),
  internal_host: rule.internalHost,
  external_host: rule.externalHost,
  internal_host_ssl_validation: rule.internalHostSslValidation,
  certificate: z.null().optional(),
  skip_path_regex: rule.skipPathRegex,
  basic_auth_enabled: rule.basicAuthEnabled,
  basic_auth_password_attribute: rule.basicAuthPasswordAttribute,
  basic_auth_user_attribute: rule.basicAuthUserAttribute,
  mode: rule.mode,
  intercept_header_auth: rule.interceptHeaderAuth,
  cookie_domain: rule.cookieDomain,
  jwt_federation_sources: none,
  jwt_federation_providers: rule.jwtFederationProviders,
  access_token_validity: duration.optional(),
  refresh_token_validity: duration.optional(),
  interactive_only: rule.interactiveOnly,
  remote_headers: rule.sendsRemoteHeaders,
  backend_override_attribute: rule.backendOverrideAttribute,
  host_header_attribute: rule.hostHeaderAttribute,
  backend_override_expression: rule.backendOverrideExpression,
  host_header_expression: rule.hostHeaderExpression,
});

/** From the API's names to those of the rules. */
export function proxyProviderInput(body: Partial<z.output<typeof proxyProviderFields>>) {
  return {
    mode: body.mode,
    externalHost: body.external_host,
    internalHost: body.internal_host,
    internalHostSslValidation: body.internal_host_ssl_validation,
    cookieDomain: body.cookie_domain,
    skipPathRegex: body.skip_path_regex,
    basicAuthEnabled: body.basic_auth_enabled,
    basicAuthUserAttribute: body.basic_auth_user_attribute,
    basicAuthPasswordAttribute: body.basic_auth_password_attribute,
    interceptHeaderAuth: body.intercept_header_auth,
    jwtFederationProviders: body.jwt_federation_providers,
    interactiveOnly: body.interactive_only,
    sendsRemoteHeaders: body.remote_headers,
    backendOverrideAttribute: body.backend_override_attribute,
    hostHeaderAttribute: body.host_header_attribute,
    backendOverrideExpression: body.backend_override_expression,
    hostHeaderExpression: body.host_header_expression,
    sessionValiditySeconds: body.access_token_validity,
  };
}

export function representProxyProvider(provider: ProxyProvider): z.input<typeof proxyProviderShape> {
  const { providerId: id, externalHost } = provider;
  const { name, application, oauth2 } = provider.provider;
  return {
    ...representProvider({ id, type: 'proxy', name, application }),
    authentication_flow: null,
    authorization_flow: IMPLICIT_CONSENT.id,
    invalidation_flow: PROVIDER_INVALIDATION.id,
    property_mappings: [],
    client_id: oauth2?.clientId ?? '',
    internal_host: provider.internalHost,
    external_host: externalHost,
    internal_host_ssl_validation: provider.internalHostSslValidation,
    certificate: null,
    skip_path_regex: provider.skipPathRegex,
    basic_auth_enabled: provider.basicAuthEnabled,
    basic_auth_password_attribute: provider.basicAuthPasswordAttribute,
    basic_auth_user_attribute: provider.basicAuthUserAttribute,
    mode: provider.mode,
    intercept_header_auth: provider.interceptHeaderAuth,
    redirect_uris: [],
    cookie_domain: provider.cookieDomain,
    jwt_federation_sources: [],
    jwt_federation_providers: provider.jwtFederationProviders,
    access_token_validity: formatDuration(provider.sessionValiditySeconds),
    refresh_token_validity: formatDuration(provider.sessionValiditySeconds),
    outpost_set: ['authentik Embedded Outpost'],
    interactive_only: provider.interactiveOnly,
    remote_headers: provider.sendsRemoteHeaders,
    backend_override_attribute: provider.backendOverrideAttribute,
    host_header_attribute: provider.hostHeaderAttribute,
    backend_override_expression: provider.backendOverrideExpression,
    host_header_expression: provider.hostHeaderExpression,
  };
}
