// The language of claims: declared, not programmed. A mapping says which claims a scope releases, and each claim where
// its value comes from. Whatever has no value for a person is left out of their tokens.
import { z } from 'zod';
import { jsonObject, lineOfText } from '../../platform/problem/field.ts';

/** What we know of every person; family_name and the like are worked out in claims.ts. */
export const USER_FACTS = [
  'username',
  'name',
  'given_name',
  'family_name',
  'email',
  'email_verified',
  'groups',
  'entitlements',
  'picture',
  'locale',
  'zoneinfo',
  'updated_at',
  'uid',
  'uuid',
  'id',
] as const;

/** One claim's source. A table takes the first row whose group the person is in, or, `many`, all such rows as a list. */
export const claimSource = z.union([
  z.strictObject({ constant: z.json() }),
  z.strictObject({ user: z.enum(USER_FACTS) }),
  /** An attribute by its path, for example `unix.shell`: of the user, or else of their groups. */
  z.strictObject({ attribute: z.string().min(1).max(255) }),
  z.strictObject({
    table: z.array(z.strictObject({ group: z.string().min(1), value: z.json() })).min(1),
    many: z.boolean().optional(),
    otherwise: z.json().optional(),
  }),
]);

export type UserFact = (typeof USER_FACTS)[number];
export type ClaimSource = z.infer<typeof claimSource>;

/** Claims that say who, for whom and until when: a mapping that could set them could impersonate. */
const PROTECTED_CLAIMS = new Set(
  'iss sub aud exp nbf iat jti azp client_id nonce sid acr amr auth_time at_hash c_hash s_hash scope cnf events'.split(
    ' ',
  ),
);

const claimName = z
  .string()
  .min(1)
  .max(255)
  .refine((name) => !PROTECTED_CLAIMS.has(name), 'This claim is set by Gatelodge itself.');

/** RFC 6749 §3.3. */
const scopeName = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, 'This is not the name of a scope.');

export const claimsDeclaration = z
  .record(claimName, claimSource)
  .refine((claims) => jsonObject.safeParse(claims).success);

export const scopeMappingPatch = z.strictObject({
  name: lineOfText.min(1).max(255).optional(),
  scopeName: scopeName.optional(),
  description: lineOfText.max(1000).optional(),
  claims: claimsDeclaration.optional(),
});

export const newScopeMapping = scopeMappingPatch.required({ name: true, scopeName: true });

export type ScopeMappingPatch = z.input<typeof scopeMappingPatch>;
export type NewScopeMapping = z.input<typeof newScopeMapping>;
export type ClaimsDeclaration = z.infer<typeof claimsDeclaration>;
