import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../../support/backends.ts';
import { type SignInApp, startSignIn } from './signin-app.ts';

/** "correct horse", by openssl passwd -6. */
const IMPORTED =
  '$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0';

everyBackend('a password hash that was brought along', (backend) => {
  let app: SignInApp;
  beforeAll(async () => {
    app = await startSignIn(backend);
  });
  afterAll(() => app.stop());

  it('lets its person in, and is replaced by our own by that', async () => {
    const where = { id: app.anna.id };
    await app.deps.db.user.update({ where, data: { passwordHash: IMPORTED } });
    expect((await app.signIn(app.browser(), 'anna', 'correct house')).status).toBe(400);
    expect((await app.signIn(app.browser(), 'anna', 'correct horse')).status).toBe(303);
    const { passwordHash } = await app.deps.db.user.findUniqueOrThrow({ where });
    expect(passwordHash).toMatch(/^\$argon2id\$/);
    expect((await app.signIn(app.browser(), 'anna', 'correct horse')).status).toBe(303);
  });
});
