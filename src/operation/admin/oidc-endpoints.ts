// The addresses that a service is configured with, as contract §3 fixes them.

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
  issuerMode: 'per_provider' | 'global',
): OidcEndpoints {
  const shared = `${origin}/application/o`;
  const own = `${shared}/${slug}`;
  return {
    issuer: issuerMode === 'global' ? `${origin}/` : `${own}/`,
    discovery: `${own}/.well-known/openid-configuration`,
    authorization: `${shared}/authorize/`,
    token: `${shared}/token/`,
    userinfo: `${shared}/userinfo/`,
    jwks: `${own}/jwks/`,
    endSession: `${own}/end-session/`,
  };
}
