// The addresses that a service is configured with, as contract §3 fixes them.
import type { OAuth2Provider } from '../../protocol/oidc/client.ts';
import { ENDPOINTS } from '../../protocol/oidc/configuration.ts';
import { issuerUrl } from '../../protocol/oidc/issuer.ts';

/** Where an OpenID Connect client finds us. */
export interface OidcEndpoints {
  readonly issuer: string;
  readonly discovery: string;
  readonly authorization: string;
  readonly token: string;
  readonly userinfo: string;
  readonly jwks: string;
  readonly endSession: string;
}

/** The endpoints of the application with that slug, at the origin that browsers see. */
export function endpointsOf(
  origin: string,
  slug: string,
  issuerMode: OAuth2Provider['issuerMode'],
): OidcEndpoints {
  const shared = `${origin}${ENDPOINTS}`;
  const own = `${shared}/${slug}`;
  return {
    issuer: issuerUrl(origin, slug, issuerMode),
    discovery: `${own}/.well-known/openid-configuration`,
    authorization: `${shared}/authorize/`,
    token: `${shared}/token/`,
    userinfo: `${shared}/userinfo/`,
    jwks: `${own}/jwks/`,
    endSession: `${own}/end-session/`,
  };
}
