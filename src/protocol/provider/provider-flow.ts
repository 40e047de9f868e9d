// authentik configures what a provider does by naming flows. Ours are built in; these are the ones that a provider may
// name, with ids that are the same everywhere, so that a script may use either.

export interface ProviderFlow {
  readonly id: string;
  readonly slug: string;
  readonly designation: 'authorization' | 'invalidation';
}

export const IMPLICIT_CONSENT: ProviderFlow = {
  id: '6f2d6f7e-0d4a-5c53-9b1e-5d2c4a1f0001',
  slug: 'default-provider-authorization-implicit-consent',
  designation: 'authorization',
};

export const EXPLICIT_CONSENT: ProviderFlow = {
  id: '6f2d6f7e-0d4a-5c53-9b1e-5d2c4a1f0002',
  slug: 'default-provider-authorization-explicit-consent',
  designation: 'authorization',
};

export const PROVIDER_INVALIDATION: ProviderFlow = {
  id: '6f2d6f7e-0d4a-5c53-9b1e-5d2c4a1f0003',
  slug: 'default-provider-invalidation-flow',
  designation: 'invalidation',
};

/** Signs out of Gatelodge, which leaving a service does here anyway. */
const INVALIDATION: ProviderFlow = {
  id: '6f2d6f7e-0d4a-5c53-9b1e-5d2c4a1f0004',
  slug: 'default-invalidation-flow',
  designation: 'invalidation',
};

export const PROVIDER_FLOWS = [
  IMPLICIT_CONSENT,
  EXPLICIT_CONSENT,
  PROVIDER_INVALIDATION,
  INVALIDATION,
] as const;

/** The flow of that designation with that id or slug. */
export function findProviderFlow(
  reference: string,
  designation: ProviderFlow['designation'],
): ProviderFlow | undefined {
  return PROVIDER_FLOWS.find(
    (flow) => flow.designation === designation && (flow.id === reference || flow.slug === reference),
  );
}
