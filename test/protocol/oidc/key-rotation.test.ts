// Rotation of the signing keys, as services see it: none of them ever meets a token that it cannot check.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import * as openid from 'openid-client';
import { rotateSigningKey, rotateSigningKeysDue } from '../../../src/protocol/oidc/key/rotation.ts';
import { EMBEDDED, everyBackend } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge, startReplica } from '../../support/gatelodge.ts';
import { pause } from './logout-listener.ts';
import { registerService, registerUser, type Service, signIn } from './service.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

async function fetchKeySet(origin: string, slug = 'wiki'): Promise<JSONWebKeySet> {
  return (await fetch(`${origin}/application/o/${slug}/jwks/`)).json() as Promise<JSONWebKeySet>;
}

const kidsOf = ({ keys }: JSONWebKeySet) => keys.map(({ kid }) => kid);

describe('Rotating the signing key', () => {
  let gatelodge: Gatelodge;
  let service: Service;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    service = await registerService(gatelodge, 'wiki');
    await registerUser(gatelodge, 'alice');
  });
  afterAll(() => gatelodge.stop());

  const rotate = (options = {}) => {
    const { db, changes, vault } = gatelodge.deps;
    return rotateSigningKey(db, changes, vault, 'RS256', options);
  };
  const signedBy = async () => {
    const { id_token: token = '', access_token: access } = await signIn(gatelodge.browser(), service);
    return [token, access].map((jwt) => decodeProtectedHeader(jwt).kid);
  };
  /** As if so much time had passed since the keys were made. */
  const age = async (milliseconds: number) => {
    await gatelodge.deps.sql.query(
      `UPDATE signing_keys SET active_at = active_at - $1 * interval '1 ms',
         retired_at = retired_at - $1 * interval '1 ms'`,
      [milliseconds],
    );
    gatelodge.deps.changes.publish('signingKey', { id: 'all' });
  };

  it('publishes the new key a day before it signs, and the old one until its tokens have expired', async () => {
    const [old] = await signedBy();
    const { id } = await rotate();
    const kept = await fetchKeySet(gatelodge.origin);
    expect(kidsOf(kept).sort()).toEqual([id, old].sort());
    expect(await signedBy()).toEqual([old, old]);
    const before = await signIn(gatelodge.browser(), service);

    await age(DAY_MS + 1000);
    expect(await signedBy()).toEqual([id, id]);
    const after = await signIn(gatelodge.browser(), service);
    // A client that fetched the keys before the change, and never again, still checks all.
    for (const { id_token: token = '' } of [before, after]) {
      await expect(jwtVerify(token, createLocalJWKSet(kept))).resolves.toHaveProperty('payload');
    }
    expect(kidsOf(await fetchKeySet(gatelodge.origin))).toContain(old);

    await age(30 * DAY_MS);
    expect(kidsOf(await fetchKeySet(gatelodge.origin))).toEqual([id]);
  });

  it('accepts an ID token of the old key as a hint', async () => {
    const browser = gatelodge.browser();
    const { id_token: hint = '' } = await signIn(browser, service);
    await rotate({ isImmediate: true });
    const url = openid.buildEndSessionUrl(service.config, {
      id_token_hint: hint,
      post_logout_redirect_uri: 'https://service.test/',
    });
    expect((await browser.get(url.href)).location?.href).toBe('https://service.test/');
  });

  it('keeps the old key for as long as the longest-lived token', async () => {
    const year = 366 * 24 * 60 * 60;
    await gatelodge.api('PATCH', `/providers/oauth2/${service.providerId}/`, {
      access_token_validity: `seconds=${year}`,
    });
    const [old] = await signedBy();
    await rotate();
    const row = await gatelodge.deps.db.signingKey.findUniqueOrThrow({ where: { id: old ?? '' } });
    expect((row.retiredAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(year * 1000);
  });

  it('leaves one key to come, however often it is asked for', async () => {
    await rotate();
    const { id } = await rotate();
    const coming = await gatelodge.deps.db.signingKey.findMany({ where: { activeAt: { gt: new Date() } } });
    expect(coming.map((key) => key.id)).toEqual([id]);
  });

  it('happens by itself when a key has signed for ninety days, and not before', async () => {
    const { db, changes, vault } = gatelodge.deps;
    const due = () => rotateSigningKeysDue(db, changes, vault);
    await rotate({ isImmediate: true });
    const count = () => db.signingKey.count();
    const before = await count();
    await age(89 * DAY_MS);
    await due();
    expect(await count()).toBeLessThanOrEqual(before);
    await age(2 * DAY_MS);
    await Promise.all([due(), due()]);
    const coming = await db.signingKey.findMany({ where: { activeAt: { gt: new Date() } } });
    expect(coming).toHaveLength(1);
  });

  it('says for how long the key set and the metadata may be kept', async () => {
    const { headers } = await fetch(`${gatelodge.origin}/application/o/wiki/jwks/`);
    expect(headers.get('cache-control')).toBe('public, max-age=3600');
    const discovery = `${gatelodge.origin}/application/o/wiki/.well-known/openid-configuration`;
    expect((await fetch(discovery)).headers.get('cache-control')).toBe('public, max-age=60');
    const unknown = await fetch(`${gatelodge.origin}/application/o/nothing/jwks/`);
    expect(unknown.headers.get('cache-control')).toBe('no-store');
  });
});

everyBackend('Sign-ins and refreshes while keys rotate and settings change', (backend) => {
  const CHANGES = 10;
  const AT_ONCE = 3;
  let gatelodge: Gatelodge;
  let service: Service;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    service = await registerService(gatelodge, 'wiki');
    await registerUser(gatelodge, 'alice');
  });
  afterAll(() => gatelodge.stop());

  it('never fail', async () => {
    let isOver = false;
    const jwksUri = new URL(service.config.serverMetadata().jwks_uri ?? '');
    // As libraries do: an unknown kid makes them fetch the key set anew.
    const keys = createRemoteJWKSet(jwksUri, { cooldownDuration: 0 });
    let rounds = 0;
    const use = async () => {
      while (!isOver) {
        const scope = 'openid profile offline_access';
        let tokens = await signIn(gatelodge.browser(), service, { scope });
        for (let n = 0; n < 3; n++) {
          await jwtVerify(tokens.id_token ?? '', keys);
          await openid.fetchUserInfo(service.config, tokens.access_token, openid.skipSubjectCheck);
          tokens = await openid.refreshTokenGrant(service.config, tokens.refresh_token ?? '');
        }
        rounds++;
      }
    };
    const disturb = async () => {
      const { db, changes: publisher, vault } = gatelodge.deps;
      for (let changes = 1; changes <= CHANGES; changes++) {
        await rotateSigningKey(db, publisher, vault, 'RS256', { isImmediate: changes % 2 === 0 });
        const validity = `minutes=${10 + (changes % 50)}`;
        const name = `The wiki ${changes}`;
        const done = [
          await gatelodge.api('PATCH', `/providers/oauth2/${service.providerId}/`, {
            access_token_validity: validity,
          }),
          await gatelodge.api('PATCH', '/core/applications/wiki/', { name }),
        ];
        expect(done.map(({ status }) => status)).toEqual([200, 200]);
        await pause(300);
      }
      isOver = true;
    };
    await Promise.all([disturb(), ...Array.from({ length: AT_ONCE }, use)]);
    expect(rounds).toBeGreaterThanOrEqual(AT_ONCE);
  }, 60_000);

  if (backend.database === 'postgres') {
    it('follow at every replica: a new key is published by all of them within a second', async () => {
      const other = await startReplica(gatelodge.environment);
      try {
        await fetchKeySet(other.origin);
        const { db, changes, vault } = gatelodge.deps;
        const { id } = await rotateSigningKey(db, changes, vault, 'RS256');
        const deadline = Date.now() + 1000;
        let kids = kidsOf(await fetchKeySet(other.origin));
        while (!kids.includes(id) && Date.now() < deadline) kids = kidsOf(await fetchKeySet(other.origin));
        expect(kids).toContain(id);
      } finally {
        await other.stop();
      }
    });
  }
});
