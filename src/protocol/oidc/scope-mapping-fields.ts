// The language of claims: declared, not programmed. A mapping says which claims a scope releases, and each claim where
// its value comes from; what cannot be declared is computed by an expression. Whatever has no value for a person is left
// out of their tokens.
import { z } from 'zod';
import { jsonObject, lineOfText } from '../../platform/problem/field.ts';
import { readExpression } from '../provider/expression/language.ts';

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

/** CEL; what cannot be read is refused when it is saved, with the reason. */
const expression = z
  .string()
  .trim()
  .min(1)
  .superRefine((source, context) => {
    const reading = readExpression(source);
    if (!reading.ok) context.addIssue({ code: 'custom', message: reading.reason, input: source });
  });

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
  z.strictObject({ expression }),
]);

export type UserFact = (typeof USER_FACTS)[number];
export type ClaimSource = z.infer<typeof claimSource>;

/** Claims that say who, for whom and until when: a mapping that could set them could impersonate. */
const PROTECTED_CLAIMS = new Set(
  'iss sub aud exp nbf iat jti azp client_id nonce sid acr amr auth_time at_hash c_hash s_hash scope cnf events'.split(
    ' ',
  ),
);

/** RFC 6749 §3.3. */
const scopeName = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, 'This is not the name of a scope.');

export const claimsDeclaration = z
  .record(z.string().min(1).max(255), claimSource)
  .refine((claims) => jsonObject.safeParse(claims).success)
  .superRefine((claims, context) => {
    const taken = Object.keys(claims).filter((name) => PROTECTED_CLAIMS.has(name));
    for (const name of taken) {
      context.addIssue({ code: 'custom', message: `"${name}" is set by Gatelodge itself.`, input: claims });
    }
  });

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
