// Clients that prove themselves by a signature (RFC 7523) instead of a shared secret.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import * as openid from 'openid-client';
import { updateOAuth2Provider } from '../../../src/protocol/oidc/client.ts';
import { everyBackend } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import type { Page } from '../../support/page.ts';
import { cloneInThisRealm } from '../../support/realm.ts';
import { registerService, type Service } from './service.ts';

const MACHINE = { grantTypes: ['client_credentials'] as 'client_credentials'[], redirectUris: [] };
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

cloneInThisRealm();

everyBackend('A client with a key', (backend) => {
  let gatelodge: Gatelodge;
  let service: Service;
  let privateKey: CryptoKey;
  let publicKey: CryptoKey;
  let jwk: JWK;
  const servers: Server[] = [];

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    ({ privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true }));
    jwk = { ...(await exportJWK(publicKey)), kid: 'first', alg: 'RS256', use: 'sig' };
    service = await registerService(gatelodge, 'robot', { ...MACHINE, jwks: jwksOf(jwk) });
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(() => gatelodge.stop());

  const jwksOf = (...keys: JWK[]) => ({ keys: keys.map((key) => ({ ...key, kty: 'RSA' as const })) });

  const issuer = (slug = 'robot') => `${gatelodge.origin}/application/o/${slug}/`;

  function claims(changed: Record<string, unknown> = {}) {
    const now = Math.floor(Date.now() / 1000);
    const jti = openid.randomState();
    return { iss: 'robot', sub: 'robot', aud: issuer(), iat: now, exp: now + 60, jti, ...changed };
  }

  function sign(changed: Record<string, unknown> = {}, header: Partial<JWTHeaderParameters> = {}) {
    const protectedHeader = { alg: 'RS256', kid: 'first', ...header };
    return new SignJWT(claims(changed)).setProtectedHeader(protectedHeader).sign(privateKey);
  }

  function present(assertion: string, fields: Record<string, string> = {}): Promise<Page> {
    return gatelodge.browser().post('/application/o/token/', {
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion,
      ...fields,
    });
  }

  async function refused(assertion: string | Promise<string>): Promise<void> {
    const answer = await present(await assertion);
    expect([answer.status, answer.json()]).toMatchObject([401, { error: 'invalid_client' }]);
  }

  /** Serves a key set where a client might keep its own; returns the address. */
  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  }

  it('is told so by discovery, and gets tokens from a library that follows it', async () => {
    const config = await openid.discovery(
      new URL(issuer()),
      'robot',
      undefined,
      openid.PrivateKeyJwt({ key: privateKey, kid: 'first' }),
      { execute: [openid.allowInsecureRequests] },
    );
    expect(config.serverMetadata()).toMatchObject({
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      grant_types_supported: ['client_credentials'],
    });
    const { access_token: token } = await openid.clientCredentialsGrant(config, { scope: 'openid' });
    expect(await openid.tokenIntrospection(config, token)).toMatchObject({ active: true });
  });

  it('is named by the assertion alone, for its issuer or the token endpoint', async () => {
    expect((await present(await sign())).status).toBe(200);
    const aud = `${gatelodge.origin}/application/o/token/`;
    expect((await present(await sign({ aud }))).status).toBe(200);
  });

  it('is not let in by its secret any more', async () => {
    const headers = { authorization: `Basic ${Buffer.from('robot:secret-of-robot').toString('base64')}` };
    const form = { grant_type: 'client_credentials' };
    const answer = await gatelodge.browser().post('/application/o/token/', form, { headers });
    expect([answer.status, answer.json()]).toMatchObject([401, { error: 'invalid_client' }]);
  });

  it('may use an assertion once, also when it comes ten times at once', async () => {
    const assertion = await sign();
    const answers = await Promise.all(Array.from({ length: 10 }, () => present(assertion)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(401)]);
    await refused(assertion);
  });

  it('is not believed when the assertion is not signed', async () => {
    const unsigned = new UnsecuredJWT(claims()).encode();
    await refused(unsigned);
    await refused(unsigned.replace(/^[^.]+/, Buffer.from('{"alg":"NONE"}').toString('base64url')));
  });

  it('is not believed when it is signed with something that others know (HS/RS confusion)', async () => {
    const pem = await exportSPKI(publicKey);
    const known = [pem, pem.trim(), JSON.stringify(jwk), String(jwk.n), service.clientSecret];
    for (const secret of known) {
      for (const alg of ['HS256', 'HS512']) {
        const key = Buffer.from(secret);
        await refused(new SignJWT(claims()).setProtectedHeader({ alg, kid: 'first' }).sign(key));
      }
    }
  });

  it('is not believed with a foreign key, whatever the header says of it', async () => {
    const stranger = await generateKeyPair('RS256', { extractable: true });
    const foreign = (header: Partial<JWTHeaderParameters>) =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', ...header }).sign(stranger.privateKey);
    await refused(foreign({ kid: 'first' }));
    await refused(foreign({ kid: 'of nobody' }));
    await refused(foreign({}));
    const own = await exportJWK(stranger.publicKey);
    await refused(foreign({ jwk: own }));
    await refused(
      foreign({ jku: await serve((_request, response) => response.end(JSON.stringify({ keys: [own] }))) }),
    );
  });

  it.each([
    ['another audience', { aud: 'https://elsewhere.test/' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'somebody' }],
    ['no expiry', { exp: undefined }],
    ['an expiry in the past', { exp: 1_700_000_000 }],
    ['no id', { jti: undefined }],
  ])('is not believed with %s', async (_what, changed) => {
    await refused(sign(changed));
  });

  it('is not believed for another client’s issuer', async () => {
    await registerService(gatelodge, 'robot2', { ...MACHINE, jwks: jwksOf(jwk) });
    await refused(sign({ iss: 'robot2', sub: 'robot2' }));
  });

  it('is refused with a private key, or with one that is shared', async () => {
    const { db, changes, vault } = gatelodge.deps;
    const secretJwk = await exportJWK(privateKey);
    await expect(
      updateOAuth2Provider(db, changes, vault, service.providerId, { jwks: jwksOf(secretJwk) }),
    ).rejects.toThrow(/private key/);
    const shared = await gatelodge.api('PATCH', `/providers/oauth2/${service.providerId}/`, {
      jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] },
    });
    expect(shared.status).toBe(400);
  });

  it('can say where its keys are, and change them there', async () => {
    const next = await generateKeyPair('ES256', { extractable: true });
    const keys = [{ ...(await exportJWK(next.publicKey)), kid: 'next' }, jwk];
    const jwksUri = await serve((_request, response) => response.end(JSON.stringify({ keys })));
    await registerService(gatelodge, 'rotating', { ...MACHINE, jwksUri });
    const mine = { iss: 'rotating', sub: 'rotating', aud: issuer('rotating') };
    expect((await present(await sign(mine))).status).toBe(200);
    const header = { alg: 'ES256', kid: 'next' };
    const assertion = await new SignJWT(claims(mine)).setProtectedHeader(header).sign(next.privateKey);
    expect((await present(assertion)).status).toBe(200);
  });

  it.each([
    ['a metadata address', 'http://169.254.169.254/latest/meta-data/'],
    ['a link-local address', 'http://[fe80::1]/jwks.json'],
    ['a metadata address in IPv6’s clothes', 'http://[::ffff:169.254.169.254]/jwks.json'],
    ['a number that is an address', 'http://2852039166/jwks.json'],
  ])('cannot make Gatelodge call %s (SSRF)', async (_what, jwksUri) => {
    const slug = `ssrf-${Math.random().toString(36).slice(2)}`;
    await registerService(gatelodge, slug, { ...MACHINE, jwksUri });
    const startedAt = Date.now();
    const answer = await present(await sign({ iss: slug, sub: slug, aud: issuer(slug) }));
    expect([answer.status, answer.json()]).toMatchObject([401, { error: 'invalid_client' }]);
    expect(answer.body).not.toContain('169.254');
    expect(Date.now() - startedAt).toBeLessThan(1000);
  });

  it('cannot make Gatelodge follow a redirect (SSRF)', async () => {
    let calls = 0;
    const target = await serve((_request, response) => {
      calls += 1;
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    const jwksUri = await serve((_request, response) => response.writeHead(302, { location: target }).end());
    await registerService(gatelodge, 'redirecting', { ...MACHINE, jwksUri });
    const mine = { iss: 'redirecting', sub: 'redirecting', aud: issuer('redirecting') };
    await refused(sign(mine));
    expect(calls).toBe(0);
  });
});
