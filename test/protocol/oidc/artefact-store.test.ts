// One behaviour, two stores.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ArtefactStore } from '../../../src/protocol/oidc/artefact/store.ts';
import { everyBackend } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

everyBackend('An artefact store', (backend) => {
  let gatelodge: Gatelodge;
  let store: ArtefactStore;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    store = gatelodge.deps.artefacts;
  });
  afterAll(() => gatelodge.stop());

  const soon = () => new Date(Date.now() + 60_000);
  const artefact = (changes: object = {}) => ({
    model: 'AccessToken',
    payload: { scope: 'openid' },
    grantId: undefined,
    uid: undefined,
    sessionId: undefined,
    expiresAt: soon(),
    ...changes,
  });

  const under = (grantId: string) => ({ grantId, payload: { scope: 'openid', grantId } });

  it('finds what it was given, by model and id', async () => {
    const [sessionId, expiresAt] = [crypto.randomUUID(), soon()];
    for (const model of ['AccessToken', 'AuthorizationCode']) {
      await store.upsert('one', artefact({ model, sessionId, expiresAt }));
      expect(await store.find(model, 'one')).toEqual({
        payload: { scope: 'openid' },
        sessionId,
        expiresAt,
        consumedAt: undefined,
      });
    }
    expect(await store.find('RefreshToken', 'one')).toBeUndefined();
    expect(await store.find('AccessToken', 'other')).toBeUndefined();
  });

  it('writes over what stands under the same id', async () => {
    await store.upsert('twice', artefact());
    await store.upsert('twice', artefact({ payload: { scope: 'email' } }));
    expect((await store.find('AccessToken', 'twice'))?.payload).toEqual({ scope: 'email' });
  });

  it('does not find what has expired', async () => {
    await store.upsert('brief', artefact({ expiresAt: new Date(Date.now() + 30) }));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await store.find('AccessToken', 'brief')).toBeUndefined();
    await store.purgeExpired(new Date());
  });

  it('finds by a second name', async () => {
    await store.upsert('device', artefact({ model: 'DeviceCode', uid: 'ABCD' }));
    expect((await store.findByUid('DeviceCode', 'ABCD'))?.payload).toEqual({ scope: 'openid' });
    expect(await store.findByUid('DeviceCode', 'EFGH')).toBeUndefined();
  });

  it('lets one of many consume', async () => {
    await store.upsert('code', artefact({ model: 'AuthorizationCode' }));
    const all = Array.from({ length: 20 }, () => store.consume('AuthorizationCode', 'code'));
    expect((await Promise.all(all)).filter(Boolean)).toHaveLength(1);
    expect((await store.find('AuthorizationCode', 'code'))?.consumedAt).toBeInstanceOf(Date);
    expect(await store.consume('AuthorizationCode', 'gone')).toBe(false);
    expect(await store.find('AuthorizationCode', 'gone')).toBeUndefined();
  });

  it('deletes a grant with all that was issued under it, and nothing else', async () => {
    await store.upsert('grant', artefact({ model: 'Grant' }));
    await store.upsert('a', artefact(under('grant')));
    await store.upsert('b', artefact({ model: 'RefreshToken', ...under('grant') }));
    await store.upsert('c', artefact(under('another')));
    await store.deleteByGrant('grant');
    const found = [
      await store.find('Grant', 'grant'),
      await store.find('AccessToken', 'a'),
      await store.find('RefreshToken', 'b'),
    ];
    expect(found).toEqual([undefined, undefined, undefined]);
    expect(await store.find('AccessToken', 'c')).toBeDefined();
  });

  it('lists what was issued under the grants of a user, and deletes one of it', async () => {
    const grant = { model: 'Grant', payload: { kind: 'Grant' }, grantId: 'of-seven', ownerId: 7 };
    await store.upsert('of-seven', artefact(grant));
    await store.upsert(
      'brief',
      artefact({ ...grant, grantId: 'brief', expiresAt: new Date(Date.now() + 30) }),
    );
    await store.upsert('of-eight', artefact({ ...grant, grantId: 'of-eight', ownerId: 8 }));
    await store.upsert('d', artefact({ grantId: 'of-seven', payload: { kind: 'AccessToken' } }));
    await store.upsert('e', artefact({ grantId: 'of-eight' }));
    await new Promise((resolve) => setTimeout(resolve, 60));

    const listed = await store.listByOwner(7);
    expect(listed.map(({ grantId, payload }) => [grantId, payload.kind]).sort()).toEqual([
      ['of-seven', 'AccessToken'],
      ['of-seven', 'Grant'],
    ]);
    const token = listed.find(({ payload }) => payload.kind === 'AccessToken');
    await store.deleteByKey(token?.key ?? '');
    expect(await store.find('AccessToken', 'd')).toBeUndefined();
    await store.deleteByGrant('of-seven');
    expect(await store.listByOwner(7)).toEqual([]);
  });

  it('deletes one', async () => {
    await store.upsert('single', artefact());
    await store.delete('AccessToken', 'single');
    expect(await store.find('AccessToken', 'single')).toBeUndefined();
  });
});
