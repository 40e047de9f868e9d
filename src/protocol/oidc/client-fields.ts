// What may be written to an OAuth 2.0 provider, and what it must look like. The API, the forms and the command line
// declare their input from these fields.
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import { ClientType, ConsentMode, IssuerMode, SubjectMode } from '../../platform/database/generated/enums.ts';
import { lineOfText } from '../../platform/problem/field.ts';
import { faultOfRedirectUri } from './redirect-uri.ts';
import { SIGNING_ALGORITHMS } from './signing-algorithm.ts';

/** RFC 8628 §3.4. */
export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  DEVICE_CODE_GRANT,
] as const;

const YEAR_SECONDS = 366 * 24 * 60 * 60;
const MAX_URI = 2048;
/** RFC 7518 §3.3. */
const LEAST_RSA_BITS = 2048;

/** RFC 6749 appendix A: printable ASCII, so that both ways of sending it agree on what it is. */
const credential = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/, 'Only printable ASCII characters without spaces are allowed.');

const seconds = (maximum: number) => z.int().min(1).max(maximum);

export const redirectUri = z
  .strictObject({
    matchingMode: z.enum(['strict', 'regex']).default('strict'),
    url: z.string().min(1).max(MAX_URI),
    purpose: z.enum(['authorization', 'logout']).default('authorization'),
  })
  .superRefine((uri, context) => {
    const fault = faultOfRedirectUri(uri);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, input: uri });
  });

const webAddress = z
  .string()
  .max(MAX_URI)
  .refine(
    (url) => url === '' || /^https?:$/.test(URL.parse(url)?.protocol ?? ''),
    'Enter an http(s) address.',
  );

/** Public keys only (RFC 7517): a private one that comes here has been given away, and is refused so that it is noticed. */
export const clientKeys = z.looseObject({
  keys: z
    .array(
      z
        .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP'], 'Only RSA, EC and OKP keys can be used.') })
        .refine((key) => !('d' in key), 'This is a private key. Give the public one only.')
        .refine(isUsable, 'This is no whole public key, or one of RSA with less than 2048 bits.'),
    )
    .min(1)
    .max(20),
});

/** Whether something can be checked with it: what cannot would make every request of the client fail. */
function isUsable(key: JsonWebKey): boolean {
  try {
    const { modulusLength = LEAST_RSA_BITS } =
      createPublicKey({ key, format: 'jwk' }).asymmetricKeyDetails ?? {};
    return modulusLength >= LEAST_RSA_BITS;
  } catch {
    return false;
  }
}

export const oauth2ProviderPatch = z.strictObject({
  name: lineOfText.min(1).max(255).optional(),
  clientType: z.enum(ClientType).optional(),
  clientId: credential.optional(),
  clientSecret: credential.optional(),
  consentMode: z.enum(ConsentMode).optional(),
  consentValiditySeconds: seconds(10 * YEAR_SECONDS)
    .nullable()
    .optional(),
  grantTypes: z.array(z.enum(GRANT_TYPES)).optional(),
  issuerMode: z.enum(IssuerMode).optional(),
  subjectMode: z.enum(SubjectMode).optional(),
  includeClaimsInIdToken: z.boolean().optional(),
  isPkceRequired: z.boolean().optional(),
  accessCodeValiditySeconds: seconds(3600).optional(),
  accessTokenValiditySeconds: seconds(YEAR_SECONDS).optional(),
  refreshTokenValiditySeconds: seconds(10 * YEAR_SECONDS).optional(),
  signingAlgorithm: z.enum(SIGNING_ALGORITHMS).optional(),
  emailVerifiedOverride: z.boolean().nullable().optional(),
  logoutUri: webAddress.optional(),
  logoutMethod: z.enum(['backchannel', 'frontchannel']).optional(),
  /** The client's public keys; with these or `jwksUri` it authenticates by private_key_jwt, and its secret no longer counts. */
  jwks: clientKeys.nullable().optional(),
  jwksUri: webAddress.optional(),
  /** The recipe that it was made from, and the service's own address (recipe/recipe.ts). */
  recipe: z.string().max(64).optional(),
  serviceUrl: webAddress.optional(),
  redirectUris: z.array(redirectUri).max(100).optional(),
  /** Ids of the scope mappings; absent in a new provider: the defaults. */
  scopeMappingIds: z.array(z.uuid()).optional(),
});

export const CLIENT_ID_LENGTH = 40;
export const CLIENT_SECRET_LENGTH = 128;

export const newOAuth2Provider = oauth2ProviderPatch.required({ name: true });

export type OAuth2ProviderPatch = z.input<typeof oauth2ProviderPatch>;
export type NewOAuth2Provider = z.input<typeof newOAuth2Provider>;
