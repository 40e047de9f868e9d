// What the rules of users, groups, tokens, consents and events promise, on both databases.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { coversScopes, findConsent, grantConsent, revokeConsent } from '../../src/identity/access/consent.ts';
import { createApplication } from '../../src/identity/application/application.ts';
import { applyBootstrap } from '../../src/identity/bootstrap/bootstrap.ts';
import { listEvents, purgeEvents, recordEvent } from '../../src/identity/event/event.ts';
import { createGroup, updateGroup } from '../../src/identity/group/group.ts';
import { addUser, groupsOfUser, isAdministrator } from '../../src/identity/group/membership.ts';
import { ensureInstallation } from '../../src/identity/installation/installation.ts';
import { issueToken } from '../../src/identity/token/token.ts';
import { verifyToken } from '../../src/identity/token/token-key.ts';
import { setPassword, verifyPassword } from '../../src/identity/user/password.ts';
import { createUser, findUserByLogin, updateUser } from '../../src/identity/user/user.ts';
import { sha256Hex } from '../../src/platform/crypto/digest.ts';
import { Vault } from '../../src/platform/crypto/vault.ts';
import { everyBackend } from '../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

const HOUR_MS = 60 * 60 * 1000;

everyBackend('identity', (backend) => {
  let gatelodge: Gatelodge;
  let deps: Gatelodge['deps'];
  let names = 0;
  const person = (fields: { email?: string; isActive?: boolean } = {}) =>
    createUser(deps.db, deps.changes, { username: `person-${++names}`, ...fields });

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    deps = gatelodge.deps;
  });
  afterAll(() => gatelodge?.stop());

  it('gives every user the uid that authentik would: SHA-256 of "<id>-<install id>"', async () => {
    const { id, uid } = await person();
    expect(uid).toBe(sha256Hex(`${id}-${deps.installId}`));
  });

  it('refuses a secret key that is not the one it was installed with', async () => {
    await expect(ensureInstallation(deps.db, new Vault('another secret key, long enough'))).rejects.toThrow(
      /GATELODGE_SECRET_KEY/,
    );
    expect(await ensureInstallation(deps.db, deps.vault)).toEqual({ installId: deps.installId });
  });

  it('takes no notice of the bootstrap variables after the first start', async () => {
    const { db, changes, passwords, vault } = deps;
    const again = { password: 'another', token: 'another-token-of-mine', email: 'evil@example.com' };
    expect(await applyBootstrap(db, changes, passwords, vault, again)).toBe(false);
    expect(await verifyToken(db, again.token, 'api')).toBeUndefined();
    const akadmin = await findUserByLogin(db, 'akadmin');
    expect(await verifyPassword(db, passwords, akadmin, again.password)).toBe(false);
  });

  it('knows who signs in: by username in any case, else by an e-mail address that only one has', async () => {
    const anna = await person({ email: 'Anna@Example.com' });
    await person({ email: 'shared@example.com' });
    await person({ email: 'shared@example.com' });
    expect((await findUserByLogin(deps.db, ` ${anna.username.toUpperCase()} `))?.id).toBe(anna.id);
    expect((await findUserByLogin(deps.db, 'anna@example.COM'))?.id).toBe(anna.id);
    expect(await findUserByLogin(deps.db, 'shared@example.com')).toBeUndefined();
    expect(await findUserByLogin(deps.db, '')).toBeUndefined();
  });

  it.each(['', '   ', 'a\nb', 'a\0b', 'x'.repeat(151)])('refuses %j as a username', async (username) => {
    await expect(createUser(deps.db, deps.changes, { username })).rejects.toMatchObject({
      fields: { username: [expect.anything()] },
    });
  });

  it('takes a password from an active user only', async () => {
    const { id } = await person();
    await setPassword(deps.db, deps.changes, deps.passwords, id, 'correct horse');
    const verify = (password: string) => verifyPassword(deps.db, deps.passwords, { id }, password);
    expect(await verify('correct horse')).toBe(true);
    expect(await verify('correct hors')).toBe(false);
    expect(await verifyPassword(deps.db, deps.passwords, undefined, 'correct horse')).toBe(false);
    await updateUser(deps.db, deps.changes, id, { isActive: false });
    expect(await verify('correct horse')).toBe(false);
  });

  it('counts the groups above a group, and takes rights from them', async () => {
    const { db, changes } = deps;
    const { id } = await person();
    const top = await createGroup(db, changes, { name: 'top', isSuperuser: true });
    const middle = await createGroup(db, changes, { name: 'middle', parents: [top.id] });
    const low = await createGroup(db, changes, { name: 'low', parents: [middle.id] });
    await addUser(db, changes, low.id, id);
    expect((await groupsOfUser(db, id)).map(({ name }) => name)).toEqual(['low', 'middle', 'top']);
    expect(await isAdministrator(db, id)).toBe(true);
    await updateGroup(db, changes, low.id, { parents: [] });
    expect(await isAdministrator(db, id)).toBe(false);
  });

  it('refuses a group above itself, and survives a cycle that is there', async () => {
    const { db, changes } = deps;
    const [a, b] = [
      await createGroup(db, changes, { name: 'a' }),
      await createGroup(db, changes, { name: 'b' }),
    ];
    await updateGroup(db, changes, b.id, { parents: [a.id] });
    for (const parents of [[a.id], [b.id]]) {
      await expect(updateGroup(db, changes, a.id, { parents })).rejects.toMatchObject({
        fields: { parents: ['A group cannot stand above itself.'] },
      });
    }
    await db.groupParent.create({ data: { childId: a.id, parentId: b.id } });
    const { id } = await person();
    await addUser(db, changes, a.id, id);
    expect((await groupsOfUser(db, id)).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('knows a token by its key, until it expires or its owner is deactivated', async () => {
    const owner = await person();
    const input = { identifier: `of-${owner.username}`, userId: owner.id, intent: 'api' as const };
    const { key, token } = await issueToken(deps.db, deps.vault, input);
    const day = 24 * HOUR_MS;
    expect(token.expiresAt?.getTime()).toBeGreaterThan(Date.now() + day - HOUR_MS);
    const verify = (at = new Date()) => verifyToken(deps.db, key, 'api', at);
    expect((await verify())?.id).toBe(owner.id);
    expect(await verifyToken(deps.db, key, 'app_password')).toBeUndefined();
    expect(await verify(new Date(Date.now() + day + HOUR_MS))).toBeUndefined();
    await updateUser(deps.db, deps.changes, owner.id, { isActive: false });
    expect(await verify()).toBeUndefined();
  });

  it('keeps no key that could be read from a dump', async () => {
    const owner = await person();
    const input = { identifier: `dump-${owner.username}`, userId: owner.id };
    const { key, token } = await issueToken(deps.db, deps.vault, input);
    const row = await deps.db.token.findUniqueOrThrow({ where: { id: token.id } });
    expect(JSON.stringify(row)).not.toContain(key);
    expect(deps.vault.open(row.keySealed ?? '')).toBe(key);
  });

  it('notes the use of a token once a minute', async () => {
    const owner = await person();
    const input = { identifier: `use-${owner.username}`, userId: owner.id, expiresAt: null };
    const { key, token } = await issueToken(deps.db, deps.vault, input);
    const start = Date.now();
    const usedAt = async (afterMs: number) => {
      await verifyToken(deps.db, key, 'api', new Date(start + afterMs));
      const row = await deps.db.token.findUniqueOrThrow({ where: { id: token.id } });
      return (row.lastUsedAt?.getTime() ?? 0) - start;
    };
    expect([await usedAt(0), await usedAt(59_000), await usedAt(61_000)]).toEqual([0, 0, 61_000]);
  });

  it('remembers a consent, adds to it, lets it expire, and takes it back', async () => {
    const { db, changes } = deps;
    const slug = `app-${backend.database}`;
    const { id: applicationId } = await createApplication(db, changes, { slug, name: slug });
    const key = { userId: (await person()).id, applicationId };
    await grantConsent(db, { ...key, scopes: ['openid'] });
    await grantConsent(db, { ...key, scopes: ['email'], expiresAt: new Date(Date.now() + HOUR_MS) });
    const consent = await findConsent(db, key);
    expect(coversScopes(consent, ['email', 'openid'])).toBe(true);
    expect(coversScopes(consent, ['groups'])).toBe(false);
    expect(await findConsent(db, key, new Date(Date.now() + 2 * HOUR_MS))).toBeUndefined();
    expect([await revokeConsent(db, key), await revokeConsent(db, key)]).toEqual([true, false]);
    expect(await findConsent(db, key)).toBeUndefined();
  });

  it('masks secrets in events, and forgets events after the retention period', async () => {
    const { db } = deps;
    const old = new Date(Date.now() - 40 * 24 * HOUR_MS);
    await recordEvent(db, { action: 'custom_', source: 'test', username: 'old' }, old);
    const context = { password: 'p', nested: { client_secret: 's', name: 'kept' } };
    await recordEvent(db, { action: 'custom_', source: 'test', username: 'new', context });
    expect(await purgeEvents(db, 30)).toBeGreaterThan(0);
    const { results } = await listEvents(db, { where: { source: 'test' } });
    expect(results.map(({ username }) => username)).toEqual(['new']);
    expect(results[0]?.context).toEqual({
      password: '********',
      nested: { client_secret: '********', name: 'kept' },
    });
  });
});
