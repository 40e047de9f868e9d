// The OpenID Foundation's plan "oidcc-config-certification-test-plan", and the discovery modules of the logout plans.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import { Party } from './party.ts';

describe('oidcc-config-certification-test-plan', () => {
  let gatelodge: Gatelodge;
  let metadata: Readonly<Record<string, unknown>>;
  let party: Party;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    party = await new Party(gatelodge, 'one').register();
    metadata = party.metadata;
  });
  afterAll(() => gatelodge.stop());

  const ADDRESSES = ['authorization', 'token', 'userinfo'].map((name) => `${name}_endpoint`);

  it('oidcc-discovery-endpoint-verification: the issuer is what its address begins with', () => {
    expect(metadata.issuer).toBe(party.issuer);
  });

  it.each([...ADDRESSES, 'jwks_uri'])('oidcc-discovery-endpoint-verification: %s is an address', (name) => {
    expect(URL.parse(String(metadata[name]))?.hash).toBe('');
  });

  it('oidcc-discovery-endpoint-verification: what is required is there, and true of the basic plan', () => {
    expect(metadata).toMatchObject({
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
      scopes_supported: expect.arrayContaining(['openid']),
      grant_types_supported: expect.arrayContaining(['authorization_code']),
      token_endpoint_auth_methods_supported: expect.arrayContaining([
        'client_secret_basic',
        'client_secret_post',
      ]),
      claims_supported: expect.arrayContaining(['sub', 'iss', 'auth_time', 'acr', 'name', 'email']),
      response_modes_supported: expect.arrayContaining(['query', 'form_post']),
      claims_parameter_supported: false,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
    });
  });

  it('oidcc-discovery-endpoint-verification: the key set is public, and every key has a name of its own', async () => {
    const { keys } = (await (await fetch(String(metadata.jwks_uri))).json()) as {
      keys: Record<string, unknown>[];
    };
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', kty: expect.any(String), alg: expect.any(String) });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
    }
  });

  it('oidcc-rp-initiated-logout-discovery-endpoint-verification: says where to sign out', () => {
    expect(URL.canParse(String(metadata.end_session_endpoint))).toBe(true);
  });

  it('oidcc-backchannel-logout-discovery-endpoint-verification: offers it, with sessions', () => {
    expect(metadata).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });

  it('oidcc-frontchannel-logout-discovery-endpoint-verification: offers it, with sessions', () => {
    expect(metadata).toMatchObject({
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    });
  });
});
