// The name of an application's cookie. It changes with the domain: a browser that still has a cookie of the domain that
// was configured before would otherwise send both, the dead one first, and never get in.
import { sha256Hex } from '../../../platform/crypto/digest.ts';

/** One name for each provider and cookie domain; the domain is empty for a cookie of one host. */
export function cookieNameOf(providerId: number, cookieDomain: string): string {
  const suffix = cookieDomain === '' ? '' : `_${sha256Hex(cookieDomain).slice(0, 8)}`;
  return `gatelodge_proxy_${providerId}${suffix}`;
}
