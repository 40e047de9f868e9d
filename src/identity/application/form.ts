// The fields of an application's form, and what they mean to the rules.
import { z } from 'zod';
import { ClientType, ConsentMode } from '../../platform/database/generated/enums.ts';
import { chosen } from '../../platform/http/choice.ts';
import type { NewApplication } from './application-fields.ts';

export const LOGOUT_METHODS = ['backchannel', 'frontchannel'] as const;

const typed = z.string().trim().default('');

/** One URI a line. */
const lines = typed.transform((text) => text.split(/\s+/).filter(Boolean));

const applicationFields = {
  name: z.string().trim().min(1),
  slug: typed,
  launch_url: typed,
  description: typed,
  group: typed,
  is_hidden: z.literal('on').optional(),
  must_use_mfa: z.literal('on').optional(),
  max_session_age: z.coerce.number().int().default(0),
};

const clientFields = {
  redirect_uris: lines,
  client_type: z.enum(ClientType).default('confidential'),
  consent_mode: z.enum(ConsentMode).default('implicit'),
  logout_uri: typed,
  logout_method: z.enum(LOGOUT_METHODS).default('backchannel'),
};

export const createForm = z.object({ ...applicationFields, ...clientFields, groups: chosen });
export const editForm = z.object({ ...applicationFields, ...clientFields });

type ApplicationForm = Omit<z.output<typeof createForm>, keyof typeof clientFields | 'groups'>;

/** What the form says about the application itself; an empty slug is made from the name. */
export function applicationOf(form: ApplicationForm): Omit<NewApplication, 'providerId'> {
  return {
    name: form.name,
    slug: form.slug || suggestSlug(form.name),
    launchUrl: form.launch_url,
    description: form.description,
    group: form.group,
    isHidden: form.is_hidden === 'on',
    mustUseMfa: form.must_use_mfa === 'on',
    maxSessionAgeSeconds: form.max_session_age || null,
  };
}

type ClientForm = Pick<
  z.output<typeof createForm>,
  'client_type' | 'consent_mode' | 'logout_uri' | 'logout_method'
>;

interface ClientChoices {
  readonly clientType: ClientType;
  readonly consentMode: ConsentMode;
  readonly logoutUri: string;
  readonly logoutMethod: (typeof LOGOUT_METHODS)[number];
}

/** What the form says about the application's client, but for its redirect URIs. */
export function clientOf(form: ClientForm): ClientChoices {
  return {
    clientType: form.client_type,
    consentMode: form.consent_mode,
    logoutUri: form.logout_uri,
    logoutMethod: form.logout_method,
  };
}

/** "Größe & Co." becomes "grosse-co": letters without marks, digits and single hyphens. */
export function suggestSlug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 50);
}
