// The yardstick: oidc-provider alone, on its own in-memory adapter, with what Gatelodge issues: RS256 (2048 bit),
// ID token with profile claims, JWT access token, rotating refresh token. Run as a child process; the first line it
// prints is its origin. Whoever comes is signed in as one fixed person, so only protocol work is left.
import { generateKeyPair } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { benchClient, benchPerson } from './fixture.ts';

const RESOURCE = 'urn:gatelodge:bench';
const SCOPES = ['openid', 'email', 'profile', 'offline_access'];

const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });

const configuration: Configuration = {
  clients: [
    {
      client_id: benchClient.id,
      client_secret: benchClient.secret,
      redirect_uris: [benchClient.redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'RS256' }] },
  cookies: { keys: ['bench'] },
  scopes: SCOPES,
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username', 'nickname', 'given_name', 'groups'],
  },
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
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPES.join(' '),
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: 'RS256' } },
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
