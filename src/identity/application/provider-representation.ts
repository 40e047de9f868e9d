// How the API shows what all providers have in common, beside their own fields and in their applications: authentik's
// field names.
import { z } from 'zod';
import type { ProviderType } from '../../platform/database/generated/enums.ts';

export const providerShape = {
  pk: z.int(),
  name: z.string(),
  component: z.string(),
  assigned_application_slug: z.string(),
  assigned_application_name: z.string(),
  assigned_backchannel_application_slug: z.null(),
  assigned_backchannel_application_name: z.null(),
  verbose_name: z.string(),
  verbose_name_plural: z.string(),
  meta_model_name: z.string(),
};

interface Provider {
  readonly id: number;
  readonly type: ProviderType;
  readonly name: string;
  readonly application: { readonly slug: string; readonly name: string } | null;
}

const MODELS: Readonly<Record<ProviderType, { component: string; model: string; verbose: string }>> = {
  oauth2: {
    component: 'ak-provider-oauth2-form',
    model: 'authentik_providers_oauth2.oauth2provider',
    verbose: 'OAuth2/OpenID Provider',
  },
  proxy: {
    component: 'ak-provider-proxy-form',
    model: 'authentik_providers_proxy.proxyprovider',
    verbose: 'Proxy Provider',
  },
};

/** The provider as the API shows it wherever its type does not matter. */
export function representProvider({ id, type, name, application }: Provider) {
  const { component, model, verbose } = MODELS[type];
  return {
    pk: id,
    name,
    component,
    assigned_application_slug: application?.slug ?? '',
    assigned_application_name: application?.name ?? '',
    assigned_backchannel_application_slug: null,
    assigned_backchannel_application_name: null,
    verbose_name: verbose,
    verbose_name_plural: `${verbose}s`,
    meta_model_name: model,
  };
}
