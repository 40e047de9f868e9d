// How the API shows an OAuth 2.0 provider, and what may be written to one: authentik's field names and forms. Flows and
// keys are references there; here they stand for the way of consent and the signature algorithm.
import { hash } from 'node:crypto';
import { z } from 'zod';
import { providerShape, representProvider } from '../../identity/application/provider-representation.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import { ClientType, ConsentMode, IssuerMode, SubjectMode } from '../../platform/database/generated/enums.ts';
import { formatDuration, parseDuration } from '../provider/duration.ts';
import {
  EXPLICIT_CONSENT,
  findProviderFlow,
  IMPLICIT_CONSENT,
  PROVIDER_INVALIDATION,
} from '../provider/provider-flow.ts';
import { getClientSecret, type OAuth2Provider } from './client.ts';
import { clientKeys, GRANT_TYPES, newOAuth2Provider } from './client-fields.ts';
import { faultOfRedirectUri } from './redirect-uri.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './signing-algorithm.ts';
import type { PublicSigningKey } from './signing-key.ts';

const redirectUriShape = z.object({
  matching_mode: z.enum(['strict', 'regex']),
  url: z.string(),
  redirect_uri_type: z.enum(['authorization', 'logout']),
});

export const oauth2ProviderShape = z.object({
  ...providerShape,
  authentication_flow: z.null(),
  authorization_flow: z.uuid(),
  invalidation_flow: z.uuid(),
  property_mappings: z.array(z.uuid()),
  client_type: z.enum(ClientType),
  grant_types: z.array(z.string()),
  client_id: z.string(),
  /** Not in lists (CVE-2026-40166). */
  client_secret: z.string().optional(),
  access_code_validity: z.string(),
  access_token_validity: z.string(),
  refresh_token_validity: z.string(),
  refresh_token_threshold: z.string(),
  include_claims_in_id_token: z.boolean(),
  signing_key: z.uuid().nullable(),
  encryption_key: z.null(),
  redirect_uris: z.array(redirectUriShape),
  logout_uri: z.string(),
  logout_method: z.string(),
  sub_mode: z.enum(SubjectMode),
  issuer_mode: z.enum(IssuerMode),
  jwt_federation_sources: z.array(z.uuid()),
  jwt_federation_providers: z.array(z.int()),
  signing_algorithm: z.enum(SIGNING_ALGORITHMS),
  pkce_required: z.boolean(),
  /** Ours: authentik has it at the consent stage. Null: until more is asked for. */
  consent_validity: z.string().nullable(),
  email_verified_override: z.boolean().nullable(),
  jwks: clientKeys.nullable(),
  jwks_uri: z.string(),
});

const rule = newOAuth2Provider.shape;

const duration = z.string().transform((text, context) => {
  const seconds = parseDuration(text);
  if (seconds === undefined)
    context.addIssue({ code: 'custom', message: 'Write it as hours=1;minutes=30.', input: text });
  return seconds ?? 0;
});

const authorizationFlow = z
  .string()
  .refine((flow) => findProviderFlow(flow, 'authorization') !== undefined, 'There is no such flow.');
const invalidationFlow = z
  .string()
  .refine((flow) => findProviderFlow(flow, 'invalidation') !== undefined, 'There is no such flow.');

const redirectUri = z.strictObject({
  matching_mode: z.enum(['strict', 'regex']).default('strict'),
  url: z.string(),
  redirect_uri_type: z.enum(['authorization', 'logout']).default('authorization'),
});

/** Objects as today, or lines of text as before 2024.12. */
const redirectUris = z
  .union([z.array(redirectUri), z.string().transform(linesOfUris)])
  .superRefine((uris, context) => {
    for (const { matching_mode: matchingMode, url } of uris) {
      const message = faultOfRedirectUri({ matchingMode, url });
      if (message !== undefined) context.addIssue({ code: 'custom', message, input: uris });
    }
  });

function linesOfUris(lines: string): z.output<typeof redirectUri>[] {
  const urls = lines.split('\n').map((line) => line.trim());
  return urls
    .filter((url) => url !== '')
    .map((url) => ({ matching_mode: 'strict', url, redirect_uri_type: 'authorization' }));
}

const none = z.array(z.unknown()).max(0, 'This is not supported.').optional();

/** What the API may write to an OAuth 2.0 provider. */
export const oauth2ProviderFields = z.strictObject({
  name: rule.name,
  authentication_flow: z.null().optional(),
  authorization_flow: authorizationFlow.optional(),
  invalidation_flow: invalidationFlow.optional(),
  property_mappings: rule.scopeMappingIds,
  client_type: rule.clientType,
  grant_types: rule.grantTypes,
  client_id: rule.clientId,
  client_secret: rule.clientSecret,
  access_code_validity: duration.optional(),
  access_token_validity: duration.optional(),
  refresh_token_validity: duration.optional(),
  refresh_token_threshold: duration.optional(),
  include_claims_in_id_token: z.boolean().optional(),
  signing_key: z.uuid().nullable().optional(),
  encryption_key: z.null().optional(),
  redirect_uris: redirectUris.optional(),
  logout_uri: rule.logoutUri,
  logout_method: rule.logoutMethod,
  sub_mode: rule.subjectMode,
  issuer_mode: rule.issuerMode,
  jwt_federation_sources: none,
  jwt_federation_providers: none,
  signing_algorithm: rule.signingAlgorithm,
  pkce_required: rule.isPkceRequired,
  consent_validity: duration.nullable().optional(),
  email_verified_override: rule.emailVerifiedOverride,
  jwks: rule.jwks,
  jwks_uri: rule.jwksUri,
});

type Body = Partial<z.output<typeof oauth2ProviderFields>>;

/** From the API's names to those of the rules; `keyAlgorithm` is that of the key that `signing_key` names. */
export function oauth2ProviderInput(body: Body, keyAlgorithm: SigningAlgorithm | undefined) {
  const flow = body.authorization_flow && findProviderFlow(body.authorization_flow, 'authorization');
  return {
    clientType: body.client_type,
    clientId: body.client_id,
    clientSecret: body.client_secret,
    ...(flow && { consentMode: flow === EXPLICIT_CONSENT ? ConsentMode.explicit : ConsentMode.implicit }),
    grantTypes: body.grant_types,
    issuerMode: body.issuer_mode,
    subjectMode: body.sub_mode,
    includeClaimsInIdToken: body.include_claims_in_id_token,
    isPkceRequired: body.pkce_required,
    consentValiditySeconds: body.consent_validity,
    accessCodeValiditySeconds: body.access_code_validity,
    accessTokenValiditySeconds: body.access_token_validity,
    refreshTokenValiditySeconds: body.refresh_token_validity,
    signingAlgorithm: body.signing_algorithm ?? keyAlgorithm,
    emailVerifiedOverride: body.email_verified_override,
    jwks: body.jwks,
    jwksUri: body.jwks_uri,
    logoutUri: body.logout_uri,
    logoutMethod: body.logout_method,
    redirectUris: body.redirect_uris?.map(
      ({ matching_mode: matchingMode, url, redirect_uri_type: purpose }) => ({
        matchingMode,
        url,
        purpose,
      }),
    ),
    scopeMappingIds: body.property_mappings,
  };
}

/** The provider as the API shows it, with its secret: only administrators are shown providers at all. */
export function representOAuth2Provider(
  vault: Vault,
  keys: readonly PublicSigningKey[],
  client: OAuth2Provider,
): z.input<typeof oauth2ProviderShape> {
  const { provider, signingAlgorithm } = client;
  const key = keys.find(({ algorithm }) => algorithm === signingAlgorithm);
  return {
    ...representProvider({ ...provider, id: client.providerId, type: 'oauth2' }),
    authentication_flow: null,
    authorization_flow: (client.consentMode === 'explicit' ? EXPLICIT_CONSENT : IMPLICIT_CONSENT).id,
    invalidation_flow: PROVIDER_INVALIDATION.id,
    property_mappings: client.scopeMappings.map(({ scopeMapping }) => scopeMapping.id),
    client_type: client.clientType,
    grant_types: client.grantTypes.filter((type) => GRANT_TYPES.some((known) => known === type)),
    client_id: client.clientId,
    client_secret: getClientSecret(vault, client) ?? '',
    access_code_validity: formatDuration(client.accessCodeValiditySeconds),
    access_token_validity: formatDuration(client.accessTokenValiditySeconds),
    refresh_token_validity: formatDuration(client.refreshTokenValiditySeconds),
    refresh_token_threshold: formatDuration(0),
    include_claims_in_id_token: client.includeClaimsInIdToken,
    signing_key: key ? keyPairId(key.id) : null,
    encryption_key: null,
    redirect_uris: client.redirectUris.map(({ matchingMode, url, purpose }) => ({
      matching_mode: matchingMode === 'regex' ? 'regex' : 'strict',
      url,
      redirect_uri_type: purpose === 'logout' ? 'logout' : 'authorization',
    })),
    logout_uri: client.logoutUri,
    logout_method: client.logoutMethod,
    sub_mode: client.subjectMode,
    issuer_mode: client.issuerMode,
    jwt_federation_sources: [],
    jwt_federation_providers: [],
    signing_algorithm: signingAlgorithm as SigningAlgorithm,
    pkce_required: client.isPkceRequired,
    consent_validity:
      client.consentValiditySeconds === null ? null : formatDuration(client.consentValiditySeconds),
    email_verified_override: client.emailVerifiedOverride,
    jwks: client.jwks === null ? null : clientKeys.parse(client.jwks),
    jwks_uri: client.jwksUri,
  };
}

/** authentik's API names keys by uuid; ours is made from the `kid` (RFC 9562 §5.8). */
export function keyPairId(kid: string): string {
  const digits = hash('sha256', kid, 'hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
