// The yardstick: oidc-provider alone, on its own in-memory adapter, with what Gatelodge issues: ID token and JWT access
// token with the same claims and algorithm, rotating refresh token. Run as a child process with the algorithm in argv;
// the first line it prints is its origin. Whoever comes is signed in as one fixed person, so only protocol work is left.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { generateSigningKey, isSigningAlgorithm } from '../src/protocol/oidc/signing-algorithm.ts';
import { benchClient, benchPerson } from './fixture.ts';

const RESOURCE = 'urn:gatelodge:bench';
const SCOPES = ['openid', 'email', 'profile', 'offline_access'];

/** Its JWTs cannot be used at userinfo and introspection, so that these are measured with a client of opaque tokens. */
const OPAQUE_CLIENT = 'bench-opaque';

const alg = process.argv[2] ?? '';
if (!isSigningAlgorithm(alg)) throw new Error(`no such algorithm: ${alg}`);
const key = generateSigningKey(alg).export({ format: 'jwk' });

const configuration: Configuration = {
  clients: [benchClient.id, OPAQUE_CLIENT].map((id) => ({
    client_id: id,
    client_secret: benchClient.secret,
    redirect_uris: [benchClient.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: alg,
  })),
  jwks: { keys: [{ ...key, kid: 'bench', use: 'sig', alg }] },
  cookies: { keys: ['bench'] },
  scopes: SCOPES,
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username', 'nickname', 'given_name', 'family_name', 'groups', 'updated_at'],
  },
  extraTokenClaims: () => benchPerson.claims,
  conformIdTokenClaims: false,
  pkce: { required: () => false },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...benchPerson.claims }) }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant,
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  expiresWithSession: () => false,
  ttl: {
    AccessToken: 3600,
    AuthorizationCode: 300,
    IdToken: 3600,
    RefreshToken: 86_400,
    Session: 86_400,
    Grant: 86_400,
    Interaction: 600,
  },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_ctx, client) => (client.clientId === OPAQUE_CLIENT ? [] : RESOURCE),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPES.join(' '),
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg } },
      }),
    },
  },
};

/** Consent is never asked: the first authorization makes the grant, later ones reuse it. */
async function loadExistingGrant({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider } = oidc;
  if (!client || !session?.accountId) return undefined;
  const known = session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(' '));
  grant.addResourceScope(RESOURCE, SCOPES.join(' '));
  await grant.save();
  return grant;
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(origin, configuration);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void answer(request, response);
    void provider.interactionFinished(request, response, { login: { accountId: benchPerson.username } });
  });
  console.log(origin);
});
process.once('SIGTERM', () => process.exit());
