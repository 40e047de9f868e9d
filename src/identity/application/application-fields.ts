// What may be written to an application. The slug is part of its URLs, so the names of the shared endpoints are taken.
import { z } from 'zod';
import { PolicyEngineMode } from '../../platform/database/generated/enums.ts';
import { lineOfText, text } from '../../platform/problem/field.ts';

/** `/application/o/<name>/` belongs to all applications (contract §3). */
const RESERVED_SLUGS: ReadonlySet<string> = new Set([
  'authorize',
  'token',
  'device',
  'device_authorization',
  'userinfo',
  'introspect',
  'revoke',
  'end-session',
  'jwks',
  'interaction',
  'par',
  'register',
  // /if/admin/applications/create/ is the form for a new one.
  'create',
]);

export const slug = z
  .string()
  .trim()
  .min(1)
  .max(50)
  .regex(/^[-a-zA-Z0-9_]*$/, 'Use letters, digits, hyphens and underscores only.')
  .refine(
    (value) => !RESERVED_SLUGS.has(value.toLowerCase()),
    'This name belongs to an endpoint; choose another.',
  );

const YEAR_SECONDS = 366 * 24 * 60 * 60;

/** An http(s) address; `%(username)s` and the other placeholders of launch-url.ts may stand in it. */
export const launchUrl = lineOfText.max(2000).refine((value) => value === '' || isWebAddress(value), {
  error: 'Enter an address that begins with http:// or https://.',
});

/** An http(s) address, or a path on our own host. */
const icon = lineOfText.max(2000).refine((value) => value === '' || isOwnPath(value) || isWebAddress(value), {
  error: 'Enter an address that begins with http://, https:// or a single slash.',
});

export const applicationPatch = z.strictObject({
  slug: slug.optional(),
  name: lineOfText.min(1).max(255).optional(),
  group: lineOfText.max(255).optional(),
  icon: icon.optional(),
  launchUrl: launchUrl.optional(),
  openInNewTab: z.boolean().optional(),
  description: text.max(5000).optional(),
  publisher: lineOfText.max(255).optional(),
  isHidden: z.boolean().optional(),
  policyEngineMode: z.enum(PolicyEngineMode).optional(),
  /** Whoever opens it must have signed in with a second factor … */
  mustUseMfa: z.boolean().optional(),
  /** … and no longer ago than this; null for whenever. */
  maxSessionAgeSeconds: z.int().min(60).max(YEAR_SECONDS).nullable().optional(),
  providerId: z.int32().nullable().optional(),
});

export const newApplication = applicationPatch.required({ slug: true, name: true });

export type ApplicationPatch = z.input<typeof applicationPatch>;
export type NewApplication = z.input<typeof newApplication>;

function isWebAddress(value: string): boolean {
  return /^https?:\/\//i.test(value) && URL.canParse(value.replaceAll(/%\(\w+\)s/g, 'x'));
}

/** Neither `//host` nor `/\host`, which browsers read as another host. */
function isOwnPath(value: string): boolean {
  return /^\/(?![/\\])/.test(value);
}
