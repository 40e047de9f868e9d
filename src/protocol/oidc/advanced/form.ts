// The form for what only some clients need. Each field is checked as the rules check it, so that what is wrong stands at
// the field.
import { z } from 'zod';
import { IssuerMode, SubjectMode } from '../../../platform/database/generated/enums.ts';
import { chosen } from '../../../platform/http/choice.ts';
import { parseDuration } from '../../provider/duration.ts';
import type { OAuth2Provider } from '../client.ts';
import {
  clientKeys,
  GRANT_TYPES,
  type OAuth2ProviderPatch,
  oauth2ProviderPatch,
  redirectUri,
} from '../client-fields.ts';
import { faultOfRedirectUri } from '../redirect-uri.ts';
import { SIGNING_ALGORITHMS } from '../signing-algorithm.ts';

const rule = oauth2ProviderPatch.shape;

export const EMAIL_VERIFIED = ['own', 'always', 'never'] as const;

const NOT_A_DURATION = 'admin.advanced.notADuration';
const NOT_KEYS = 'admin.advanced.notKeys';

/** authentik's durations, `hours=1;minutes=30`. */
const seconds = z
  .string()
  .trim()
  .transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed === undefined) context.addIssue({ code: 'custom', message: NOT_A_DURATION, input: text });
    return parsed ?? z.NEVER;
  });

/** Null for an empty field. */
const noneOr = <Output>(schema: z.ZodType<Output, string>) =>
  z
    .string()
    .trim()
    .default('')
    .transform((text, context): Output | null => {
      if (text === '') return null;
      const parsed = schema.safeParse(text);
      if (parsed.success) return parsed.data;
      for (const { message } of parsed.error.issues)
        context.addIssue({ code: 'custom', message, input: text });
      return z.NEVER;
    });

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: NOT_KEYS, input: text });
    return z.NEVER;
  }
});

/** One address, or one expression, a line. */
const uris = (uri: { matchingMode: 'strict' | 'regex'; purpose: 'authorization' | 'logout' }) =>
  z
    .string()
    .default('')
    .transform((text) => text.split(/\s+/).filter(Boolean))
    .transform((urls) => urls.map((url) => ({ ...uri, url })))
    .superRefine((given, context) => {
      for (const message of given.map(faultOfRedirectUri)) {
        if (message !== undefined) context.addIssue({ code: 'custom', message, input: given });
      }
    });

const ticked = z.literal('on').optional();

export const advancedForm = z.object({
  application: z.string(),
  grant_types: chosen.transform((types) => GRANT_TYPES.filter((known) => types.includes(known))),
  pkce_required: ticked,
  jwks_uri: z.string().trim().default('').pipe(rule.jwksUri.unwrap()),
  jwks: noneOr(json.pipe(clientKeys)),
  signing_algorithm: z.enum(SIGNING_ALGORITHMS),
  sub_mode: z.enum(SubjectMode),
  issuer_mode: z.enum(IssuerMode),
  include_claims: ticked,
  email_verified: z.enum(EMAIL_VERIFIED),
  // Not `…_token_…`: what is named so is never shown again (http/input.ts).
  authorization_validity: seconds.pipe(rule.accessCodeValiditySeconds.unwrap()),
  access_validity: seconds.pipe(rule.accessTokenValiditySeconds.unwrap()),
  refresh_validity: seconds.pipe(rule.refreshTokenValiditySeconds.unwrap()),
  consent_validity: noneOr(seconds.pipe(rule.consentValiditySeconds.unwrap().unwrap())),
  redirect_patterns: uris({ matchingMode: 'regex', purpose: 'authorization' }),
  sign_out_uris: uris({ matchingMode: 'strict', purpose: 'logout' }),
});

/** What the form says; the exact sign-in URIs, which it does not show, stay. */
export function patchOf(
  form: z.output<typeof advancedForm>,
  { redirectUris }: Pick<OAuth2Provider, 'redirectUris'>,
): OAuth2ProviderPatch {
  const unseen = redirectUris.filter((uri) => !isPattern(uri) && !isSignOutUri(uri));
  return {
    grantTypes: form.grant_types,
    isPkceRequired: form.pkce_required === 'on',
    jwksUri: form.jwks_uri,
    jwks: form.jwks,
    signingAlgorithm: form.signing_algorithm,
    subjectMode: form.sub_mode,
    issuerMode: form.issuer_mode,
    includeClaimsInIdToken: form.include_claims === 'on',
    emailVerifiedOverride: form.email_verified === 'own' ? null : form.email_verified === 'always',
    accessCodeValiditySeconds: form.authorization_validity,
    accessTokenValiditySeconds: form.access_validity,
    refreshTokenValiditySeconds: form.refresh_validity,
    consentValiditySeconds: form.consent_validity,
    redirectUris: [
      ...unseen.map(({ matchingMode, purpose, url }) => redirectUri.parse({ matchingMode, purpose, url })),
      ...form.redirect_patterns,
      ...form.sign_out_uris,
    ],
  };
}

type Uri = OAuth2Provider['redirectUris'][number];

export function isPattern({ matchingMode, purpose }: Uri): boolean {
  return matchingMode === 'regex' && purpose === 'authorization';
}

export function isSignOutUri({ matchingMode, purpose }: Uri): boolean {
  return matchingMode === 'strict' && purpose === 'logout';
}
