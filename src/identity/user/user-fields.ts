// What may be written to a user, and what it must look like. The API, the forms and the command line declare their
// input from these fields, so a field that is not listed here cannot be set by anybody.
import { z } from 'zod';
import { UserType } from '../../platform/database/generated/enums.ts';
import { jsonObject, lineOfText } from '../../platform/problem/field.ts';

const MAX_EMAIL = 254;
const MAX_USERNAME = 150;

/** How a name is compared: without case, and without regard to how its characters are composed. */
export function nameKey(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase();
}

export const username = lineOfText
  .min(1)
  .max(MAX_USERNAME)
  .refine((name) => name.length > MAX_USERNAME || nameKey(name).length <= MAX_USERNAME, {
    error: 'This name is too long.',
  });

/** Empty, or one at-sign with something on both sides: what a homelab calls an address need not be deliverable. */
export const email = lineOfText
  .max(MAX_EMAIL)
  .regex(/^$|^[^\s@<>]+@[^\s@<>]+$/, 'Enter a valid e-mail address.');

export const userPatch = z.strictObject({
  username: username.optional(),
  name: lineOfText.max(255).optional(),
  email: email.optional(),
  emailVerified: z.boolean().optional(),
  isActive: z.boolean().optional(),
  type: z.enum(UserType).optional(),
  path: lineOfText.max(255).optional(),
  attributes: jsonObject.optional(),
});

export const newUser = userPatch.extend({ username });

export type UserPatch = z.input<typeof userPatch>;
export type NewUser = z.input<typeof newUser>;
