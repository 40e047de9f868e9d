// The scopes that every installation has (contract §3). Names and `managed` ids are authentik's, because Terraform
// configurations and scripts look them up literally.
import type { ClaimsDeclaration } from './scope-mapping-fields.ts';

interface DefaultScopeMapping {
  readonly managed: string;
  readonly name: string;
  readonly scopeName: string;
  readonly description: string;
  readonly claims: ClaimsDeclaration;
}

const MANAGED = 'goauthentik.io/providers/oauth2/scope-';

export const DEFAULT_SCOPE_MAPPINGS: readonly DefaultScopeMapping[] = [
  {
    managed: `${MANAGED}openid`,
    name: "authentik default OAuth Mapping: OpenID 'openid'",
    scopeName: 'openid',
    description: '',
    claims: {},
  },
  {
    managed: `${MANAGED}email`,
    name: "authentik default OAuth Mapping: OpenID 'email'",
    scopeName: 'email',
    description: 'Email address',
    claims: { email: { user: 'email' }, email_verified: { user: 'email_verified' } },
  },
  {
    managed: `${MANAGED}profile`,
    name: "authentik default OAuth Mapping: OpenID 'profile'",
    scopeName: 'profile',
    description: 'General profile information',
    claims: {
      name: { user: 'name' },
      given_name: { user: 'given_name' },
      family_name: { user: 'family_name' },
      preferred_username: { user: 'username' },
      nickname: { user: 'username' },
      groups: { user: 'groups' },
      picture: { user: 'picture' },
      locale: { user: 'locale' },
      zoneinfo: { user: 'zoneinfo' },
      updated_at: { user: 'updated_at' },
    },
  },
  {
    managed: `${MANAGED}groups`,
    name: "Gatelodge default OAuth Mapping: 'groups'",
    scopeName: 'groups',
    description: 'Group memberships',
    claims: { groups: { user: 'groups' } },
  },
  {
    managed: `${MANAGED}entitlements`,
    name: 'authentik default OAuth Mapping: Application Entitlements',
    scopeName: 'entitlements',
    description: 'Application entitlements',
    claims: { entitlements: { user: 'entitlements' }, roles: { user: 'entitlements' } },
  },
  {
    managed: `${MANAGED}offline_access`,
    name: "authentik default OAuth Mapping: OpenID 'offline_access'",
    scopeName: 'offline_access',
    description: 'Access while you are away',
    claims: {},
  },
];
