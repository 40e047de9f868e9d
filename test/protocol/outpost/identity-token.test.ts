// X-authentik-jwt, as an application checks it that knows nothing but the addresses in the headers beside it: by jose, a
// library that shares nothing with what signs it here.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { updateUser } from '../../../src/identity/user/user.ts';
import { retireSigningKey } from '../../../src/protocol/oidc/key/retirement.ts';
import { rotateSigningKey } from '../../../src/protocol/oidc/key/rotation.ts';
import type { ProxyRoute } from '../../../src/protocol/outpost/routing-table.ts';
import type { Person } from '../../../src/protocol/outpost/session/identity.ts';
import { IdentityTokens } from '../../../src/protocol/outpost/session/identity-token.ts';
import { ANNA, AUTH, type Gate, openGate, signIn } from './gate.ts';
import { sendRaw } from './raw-request.ts';

const APP = 'https://app.home.test';

let gate: Gate;
let clientId: string;
let cookie: string;

beforeAll(async () => {
  gate = await openGate();
  const { providerId } = await gate.protect({ slug: 'app', externalHost: APP });
  clientId = String((await gate.api('GET', `providers/proxy/${providerId}/`)).client_id);
  const browser = gate.browser({ [APP]: gate.origin });
  await signIn(await browser.visit(`${APP}/outpost.goauthentik.io/start?rd=/`), 'anna');
  cookie = await browser.cookies.getCookieString(APP);
});
afterAll(() => gate?.gatelodge.stop());

async function told() {
  const lines = ['GET /outpost.goauthentik.io/auth/nginx HTTP/1.1', 'Host: app.home.test'];
  const { headers } = await sendRaw(gate.origin, [...lines, `X-Original-URL: ${APP}/`, `Cookie: ${cookie}`]);
  return {
    token: headers['x-authentik-jwt']?.join() ?? '',
    jwks: headers['x-authentik-meta-jwks']?.join() ?? '',
  };
}

async function verified(expected: { issuer: string; audience: string }) {
  const { token, jwks } = await told();
  const keys = (await gate.browser().get(jwks)).json<JSONWebKeySet>();
  return jwtVerify(token, createLocalJWKSet(keys), { ...expected, algorithms: ['RS256'] });
}

const expected = () => ({ issuer: `${AUTH}/application/o/app/`, audience: clientId });

describe('the identity token of an application', () => {
  it('verifies with the keys that the header beside it names, and says who it is in authentik’s claims', async () => {
    expect((await told()).jwks).toBe(`${AUTH}/application/o/app/jwks/`);
    const { payload } = await verified(expected());
    expect(payload).toMatchObject({
      azp: clientId,
      sub: expect.stringMatching(/^[\da-f]{64}$/),
      preferred_username: ANNA.username,
      nickname: ANNA.username,
      name: ANNA.name,
      given_name: ANNA.name,
      email: ANNA.email,
      email_verified: true,
      groups: ANNA.groups,
      entitlements: [],
    });
    const { iat = 0, exp = 0 } = payload;
    expect(exp).toBeGreaterThan(Date.now() / 1000);
    expect(iat).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('is for no other application, and names an issuer whose document names the same keys', async () => {
    await expect(verified({ ...expected(), audience: 'another' })).rejects.toThrow('aud');
    const { issuer, jwks_uri } = (
      await gate.browser().get(`${expected().issuer}.well-known/openid-configuration`)
    ).json<{ issuer: string; jwks_uri: string }>();
    expect({ issuer, jwks_uri }).toEqual({ issuer: expected().issuer, jwks_uri: (await told()).jwks });
  });

  it('is made anew when what it says is true no more', async () => {
    const { db, changes } = gate.gatelodge.deps;
    const { id } = await db.user.findFirstOrThrow({ where: { username: 'anna' } });
    const before = await told();
    expect(await told()).toEqual(before);
    await updateUser(db, changes, id, { name: 'Anna Berg' });
    const { payload } = await verified(expected());
    expect(payload.name).toBe('Anna Berg');
  });

  it('is signed anew at once when its key is retired, for sessions that were read before', async () => {
    const { db, changes, vault } = gate.gatelodge.deps;
    const kid = keyOf((await told()).token);
    expect((await verified(expected())).protectedHeader.kid).toBe(kid);
    await retireSigningKey(db, changes, vault, kid);
    const { protectedHeader } = await verified(expected());
    expect(protectedHeader.kid).not.toBe(kid);
  });

  it('is signed by the next key from the moment when that is to sign, and again when its own is published no more', async () => {
    const { db, changes, vault } = gate.gatelodge.deps;
    const tokens = new IdentityTokens({ db, vault, origin: AUTH });
    const person = { uid: 'x', username: 'anna', name: 'Anna', email: '', emailVerified: true, groups: [] };
    const [who, where] = [person as unknown as Person, { slug: 'app', clientId } as ProxyRoute];
    const now = new Date();
    const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
    const old = await tokens.issue(who, where, inDays(99), now);
    const { id: next } = await rotateSigningKey(db, changes, vault, 'RS256', { now });
    expect(keyOf(await tokens.issue(who, where, inDays(99), inDays(0.9)))).toBe(keyOf(old));
    expect(keyOf(await tokens.issue(who, where, inDays(99), inDays(1.1)))).toBe(next);
    expect(await tokens.isCurrent(old, who, where, inDays(1.1))).toBe(true);
    expect(await tokens.isCurrent(old, who, where, inDays(60))).toBe(false);
  });

  const keyOf = (token: string) => decodeProtectedHeader(token).kid ?? '';

  it('does not verify when anything of it was changed', async () => {
    const { token, jwks } = await told();
    const keys = createLocalJWKSet((await gate.browser().get(jwks)).json<JSONWebKeySet>());
    const [header, payload = '', signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, groups: ['Gatelodge Admins'] })).toString(
      'base64url',
    );
    await expect(jwtVerify(`${header}.${forged}.${signature}`, keys, expected())).rejects.toThrow(
      'signature',
    );
  });
});
