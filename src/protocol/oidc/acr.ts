// How well somebody has signed in, as the claims `acr` and `amr` say it (OpenID Connect Core §2): always true, never better.
import { MFA, TRUSTED_DEVICE } from '../../identity/access/mfa-demand.ts';

/** authentik's name for "signed in in the usual way"; clients that compare acr know it. */
export const DEFAULT_ACR = 'goauthentik.io/providers/oauth2/default';

/** The REFEDS MFA profile: two factors of different kinds. */
export const MFA_ACR = 'https://refeds.org/profile/mfa';

export const ACR_VALUES: readonly string[] = [DEFAULT_ACR, MFA_ACR];

export function hasUsedMfa(methods: readonly string[]): boolean {
  return methods.includes(MFA);
}

export function acrOf(methods: readonly string[]): string {
  return hasUsedMfa(methods) ? MFA_ACR : DEFAULT_ACR;
}

/** The methods that clients are told: what the person used, not what was let pass instead. */
export function amrOf(methods: readonly string[]): string[] {
  return methods.filter((method) => method !== TRUSTED_DEVICE);
}

/** Whether a client prefers two factors: `acr_values` is in its order of preference, unknown ones do not count. */
export function asksForMfa(acrValues: unknown): boolean {
  const known = String(acrValues ?? '')
    .split(' ')
    .filter((value) => ACR_VALUES.includes(value));
  return known[0] === MFA_ACR;
}
