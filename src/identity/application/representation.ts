// How the API shows an application, and what may be written to one: authentik's field names and forms.
import { z } from 'zod';
import { PolicyEngineMode } from '../../platform/database/generated/enums.ts';
import type { Application } from './application.ts';
import { newApplication } from './application-fields.ts';
import { type LaunchPerson, launchUrlOf } from './launch-url.ts';
import { providerShape, representProvider } from './provider-representation.ts';

const ownProvider = z.object(providerShape);

export const applicationShape = z.object({
  pk: z.uuid(),
  pbm_uuid: z.uuid(),
  name: z.string(),
  slug: z.string(),
  provider: z.int().nullable(),
  provider_obj: ownProvider.nullable(),
  backchannel_providers: z.array(z.int()),
  backchannel_providers_obj: z.array(ownProvider),
  launch_url: z.string().nullable(),
  open_in_new_tab: z.boolean(),
  meta_launch_url: z.string(),
  meta_icon: z.string(),
  meta_icon_url: z.string().nullable(),
  meta_icon_themed_urls: z.null(),
  meta_description: z.string(),
  meta_publisher: z.string(),
  policy_engine_mode: z.enum(PolicyEngineMode),
  group: z.string(),
  meta_hide: z.boolean(),
  mfa_required: z.boolean(),
  max_session_age: z.int().nullable(),
});

const { slug, name, group, icon, launchUrl, description, publisher, policyEngineMode, providerId } =
  newApplication.shape;
const { mustUseMfa, maxSessionAgeSeconds } = newApplication.shape;

/** What the API may write to an application. */
export const applicationFields = z.strictObject({
  slug,
  name,
  group,
  provider: providerId,
  backchannel_providers: z.array(z.int()).max(0, 'There are no back-channel providers.').optional(),
  open_in_new_tab: z.boolean().optional(),
  meta_launch_url: launchUrl,
  meta_icon: icon,
  meta_description: description,
  meta_publisher: publisher,
  policy_engine_mode: policyEngineMode,
  meta_hide: z.boolean().optional(),
  /** Ours: authentik has neither. */
  mfa_required: mustUseMfa,
  max_session_age: maxSessionAgeSeconds,
});

/** From the API's names to those of the rules. */
export function applicationInput(body: Partial<z.output<typeof applicationFields>>) {
  return {
    slug: body.slug,
    name: body.name,
    group: body.group,
    providerId: body.provider,
    openInNewTab: body.open_in_new_tab,
    launchUrl: body.meta_launch_url,
    icon: body.meta_icon,
    description: body.meta_description,
    publisher: body.meta_publisher,
    policyEngineMode: body.policy_engine_mode,
    isHidden: body.meta_hide,
    mustUseMfa: body.mfa_required,
    maxSessionAgeSeconds: body.max_session_age,
  };
}

/** The application as the API shows it; the launch URL is the one for this person. */
export function representApplication(
  application: Application,
  person: LaunchPerson,
): z.input<typeof applicationShape> {
  const { id, provider } = application;
  return {
    pk: id,
    pbm_uuid: id,
    name: application.name,
    slug: application.slug,
    provider: provider?.id ?? null,
    provider_obj: provider && representProvider({ ...provider, application }),
    backchannel_providers: [],
    backchannel_providers_obj: [],
    launch_url: launchUrlOf(application, person) ?? null,
    open_in_new_tab: application.openInNewTab,
    meta_launch_url: application.launchUrl,
    meta_icon: application.icon,
    meta_icon_url: application.icon || null,
    meta_icon_themed_urls: null,
    meta_description: application.description,
    meta_publisher: application.publisher,
    policy_engine_mode: application.policyEngineMode,
    group: application.group,
    meta_hide: application.isHidden,
    mfa_required: application.mustUseMfa,
    max_session_age: application.maxSessionAgeSeconds,
  };
}
