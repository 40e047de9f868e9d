// Second factors through authentik's published client: everybody's own, and everybody's for administrators.
import { AuthenticatorsApi, Configuration } from '@goauthentik/api';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { issueToken } from '../../../src/identity/token/token.ts';
import { addEmailDevice } from '../../../src/signin/stage/email-code/email-device.ts';
import { replaceRecoveryCodes } from '../../../src/signin/stage/recovery-code/recovery-code.ts';
import { everyBackend } from '../../support/backends.ts';
import { API_TOKEN } from '../../support/gatelodge.ts';
import { type SignInApp, startSignIn } from '../flow/signin-app.ts';
import { giveTotp } from './authenticator-app.ts';

everyBackend('/api/v3/authenticators/', (backend) => {
  let app: SignInApp;
  let admin: AuthenticatorsApi;
  let anna: AuthenticatorsApi;
  let secret: string;
  let codes: string[];
  beforeAll(async () => {
    app = await startSignIn(backend);
    const { db, vault, changes } = app.deps;
    const basePath = `${app.origin}/api/v3`;
    admin = new AuthenticatorsApi(new Configuration({ basePath, accessToken: API_TOKEN }));
    const { key } = await issueToken(db, vault, { identifier: 'anna', intent: 'api', userId: app.anna.id });
    anna = new AuthenticatorsApi(new Configuration({ basePath, accessToken: key }));
    ({ secret } = await giveTotp(app, app.anna.id));
    codes = await replaceRecoveryCodes(db, changes, app.anna.id);
    await giveTotp(app, app.ben.id);
    await addEmailDevice(db, app.ben.id, 'Mail');
  });
  afterAll(() => app.stop());

  const refused = (status: number) => ({ response: expect.objectContaining({ status }) });

  it('lists all of one’s own, and of anybody for administrators', async () => {
    const own = await anna.authenticatorsAllList();
    expect(own).toEqual([
      expect.objectContaining({
        name: 'Phone',
        type: 'authentik_stages_authenticator_totp.TOTPDevice',
        metaModelName: 'authentik_stages_authenticator_totp.totpdevice',
        verboseName: 'TOTP Device',
        confirmed: true,
      }),
    ]);
    const bens = await admin.authenticatorsAdminAllList({ user: app.ben.id });
    expect(bens.map(({ verboseName }) => verboseName)).toEqual(['TOTP Device', 'Email Device']);
    expect(await admin.authenticatorsAllList()).toEqual([]);
  });

  it('shows one’s own alone, by kind, without secrets', async () => {
    const { results } = await anna.authenticatorsTotpList();
    expect(results).toEqual([expect.objectContaining({ name: 'Phone' })]);
    expect(results[0]?.user.pk).toBe(app.anna.id);
    expect((await anna.authenticatorsWebauthnList()).results).toEqual([]);
    expect((await anna.authenticatorsEmailList()).results).toEqual([]);
    const recovery = await anna.authenticatorsStaticList();
    expect(recovery.results).toEqual([expect.objectContaining({ pk: app.anna.id, tokenSet: [] })]);
    const everything = JSON.stringify([results, recovery]);
    expect(everything).not.toContain(secret);
    for (const code of codes) expect(everything).not.toContain(code);
  });

  it('lists everybody’s for administrators, and for nobody else', async () => {
    expect((await admin.authenticatorsAdminTotpList()).pagination.count).toBe(2);
    expect((await admin.authenticatorsAdminEmailList()).results[0]?.user.username).toBe('ben');
    await expect(anna.authenticatorsAdminTotpList()).rejects.toMatchObject(refused(403));
    await expect(anna.authenticatorsAdminAllList({ user: app.ben.id })).rejects.toMatchObject(refused(403));
  });

  it('does not tell, rename or remove what is somebody else’s', async () => {
    const { results } = await admin.authenticatorsAdminTotpList();
    const id = results.find(({ user }) => user.pk === app.ben.id)?.pk ?? 0;
    await expect(anna.authenticatorsTotpRetrieve({ id })).rejects.toMatchObject(refused(404));
    const patch = { id, patchedTOTPDeviceRequest: { name: 'mine' } };
    await expect(anna.authenticatorsTotpPartialUpdate(patch)).rejects.toMatchObject(refused(404));
    await expect(anna.authenticatorsTotpDestroy({ id })).rejects.toMatchObject(refused(404));
    await expect(anna.authenticatorsStaticDestroy({ id: app.ben.id })).rejects.toMatchObject(refused(404));
    expect(await app.deps.db.totpDevice.count({ where: { userId: app.ben.id } })).toBe(1);
  });

  it('renames, and records it', async () => {
    const [device] = (await anna.authenticatorsTotpList()).results;
    const id = device?.pk ?? 0;
    const renamed = await anna.authenticatorsTotpUpdate({ id, tOTPDeviceRequest: { name: 'Blue phone' } });
    expect(renamed.name).toBe('Blue phone');
    expect(await lastEvent()).toMatchObject({
      action: 'model_updated',
      username: 'anna',
      context: { device: 'Blue phone', model: { model_name: 'user', pk: app.anna.id } },
    });
  });

  it('removes; with the last one go the recovery codes; and records it', async () => {
    const [device] = (await anna.authenticatorsTotpList()).results;
    await admin.authenticatorsAdminTotpDestroy({ id: device?.pk ?? 0 });
    expect(await lastEvent()).toMatchObject({ action: 'model_deleted', username: 'akadmin' });
    expect(await anna.authenticatorsAllList()).toEqual([]);
    expect((await anna.authenticatorsStaticList()).results).toEqual([]);
  });

  it('refuses whoever shows nothing', async () => {
    const nobody = new AuthenticatorsApi(new Configuration({ basePath: `${app.origin}/api/v3` }));
    await expect(nobody.authenticatorsAllList()).rejects.toMatchObject(refused(403));
  });

  const lastEvent = () => app.deps.db.event.findFirst({ orderBy: { createdAt: 'desc' } });
});
