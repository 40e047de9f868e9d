// What a recipe says: how an application is registered here, and what to write into its own settings. Recipes are data
// (catalogue/*.yaml), one file for each application, so that adding one takes no code.
import { z } from 'zod';
import { SubjectMode } from '../../../platform/database/generated/enums.ts';
import { claimsDeclaration } from '../scope-mapping-fields.ts';
import { SIGNING_ALGORITHMS } from '../signing-algorithm.ts';
import { wordsOf } from './template.ts';

/** Known as soon as the application is registered. */
const WORDS_OF_REGISTRATION = ['url', 'slug'] as const;
/** Known to whoever may read the client's secret, at the address that the reader uses. */
const WORDS_OF_SETTINGS = [
  ...WORDS_OF_REGISTRATION,
  ...['issuer', 'discovery', 'authorization', 'token', 'userinfo', 'jwks', 'end_session'],
  ...['client_id', 'client_secret', 'own_secret'],
] as const;

const templateOver = (words: readonly string[]) =>
  z.string().refine((text) => wordsOf(text).every((word) => words.includes(word)), {
    error: `Only these words can be filled in: ${words.join(', ')}.`,
  });
const registration = templateOver(WORDS_OF_REGISTRATION);
const settings = templateOver(WORDS_OF_SETTINGS);

const block = z.strictObject({
  title: z.string(),
  hint: z.string().optional(),
  /** Lines for a file or a shell … */
  text: settings.optional(),
  /** … or what to enter in a form of the application. */
  fields: z.array(z.strictObject({ label: z.string(), value: settings })).optional(),
});

export const recipeFields = z.strictObject({
  name: z.string(),
  /** Other words that people search for. */
  aliases: z.array(z.string()).default([]),
  summary: z.string(),
  /** An address such as it might have. */
  example: z.url(),
  /** `tested`: in our suite; `documented`: by the application itself; `reported`: by guides that others have tested. */
  certainty: z.enum(['tested', 'documented', 'reported']),
  /** Version that the sources speak of. */
  version: z.string(),
  sources: z.array(z.string()).min(1),
  redirect_uris: z.array(registration).min(1),
  sign_out_uris: z.array(registration).default([]),
  logout: z.strictObject({ uri: registration, method: z.enum(['backchannel', 'frontchannel']) }).optional(),
  launch_url: registration.optional(),
  pkce_required: z.boolean().default(false),
  email_verified: z.boolean().optional(),
  /** For applications that cannot store a long client secret. */
  secret_length: z.int().min(32).max(128).default(128),
  subject_mode: z.enum(SubjectMode).default('hashed_user_id'),
  signing_algorithm: z.enum(SIGNING_ALGORITHMS).default('RS256'),
  /** Scopes of its own, beside those that every application has. */
  mappings: z
    .array(z.strictObject({ scope: z.string(), description: z.string(), claims: claimsDeclaration }))
    .default([]),
  /** Claims that it reads: a test makes sure that they come out. */
  claims: z.array(z.string()),
  /** Groups that mean something to it. */
  groups: z.array(z.strictObject({ name: z.string(), means: z.string() })).default([]),
  settings: z.array(block).min(1),
  notes: z.array(settings).default([]),
});

export type SettingsBlock = z.output<typeof block>;
