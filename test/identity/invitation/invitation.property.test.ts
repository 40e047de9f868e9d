// Security.md, "Sign-in": invitations are used as often as they allow, and expire when they are used, not when opened.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sha256Hex } from '../../../src/platform/crypto/digest.ts';
import { everyBackend } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

const PASSWORDS = { password: 'velvet harbour moss', password_repeat: 'velvet harbour moss' };
const FLOW = '/if/flow/default-enrollment-flow/';
const INVITATIONS = '/stages/invitation/invitations/';

everyBackend('an invitation', (backend) => {
  let app: Gatelodge;
  let count = 0;
  beforeAll(async () => {
    app = await startGatelodge({ ...backend, environment: { GATELODGE_PASSWORD_QUEUE: '100' } });
  });
  afterAll(() => app.stop());

  const invite = async (fields: object = {}) => {
    count += 1;
    const { body } = await app.api<{ pk: string }>('POST', INVITATIONS, {
      name: `invitation-${count}`,
      ...fields,
    });
    return body.pk;
  };
  const open = (token: string) => app.browser().visit(`${FLOW}?itoken=${token}`);

  it.each([1, 3])('for %s lets exactly as many of fifty in who use it at once', async (allowed) => {
    const token = await invite({ single_use: allowed === 1, max_uses: allowed });
    const pages = await Promise.all(Array.from({ length: 50 }, () => open(token)));
    const prefix = `crowd-${count}`;
    const answers = await Promise.all(
      pages.map((page, index) => page.form().submit({ ...PASSWORDS, username: `${prefix}-${index}` })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(allowed);
    expect(await app.deps.db.user.count({ where: { username: { startsWith: prefix } } })).toBe(allowed);
    const { uses } = await app.deps.db.invitation.findUniqueOrThrow({
      where: { tokenHash: sha256Hex(token) },
    });
    expect(uses).toBe(allowed);
  });

  it('that expires while its page is open lets nobody in', async () => {
    const token = await invite();
    const page = await open(token);
    const where = { tokenHash: sha256Hex(token) };
    await app.deps.db.invitation.update({ where, data: { expiresAt: new Date(Date.now() - 1) } });
    expect((await page.form().submit({ ...PASSWORDS, username: 'too-late' })).status).toBe(410);
    expect(await app.deps.db.user.count({ where: { username: 'too-late' } })).toBe(0);
  });

  it('is not used up by an account that could not be made', async () => {
    const token = await invite();
    const taken = await (await open(token)).form().submit({ ...PASSWORDS, username: 'akadmin' });
    expect(taken.status).toBe(400);
    const { uses } = await app.deps.db.invitation.findUniqueOrThrow({
      where: { tokenHash: sha256Hex(token) },
    });
    expect(uses).toBe(0);
  });

  it('cannot be made to give more than it says', async () => {
    const superusers = await app.deps.db.group.findFirstOrThrow({ where: { isSuperuser: true } });
    const token = await invite();
    const more = { groups: superusers.id, is_superuser: 'on', emailVerified: 'true', email_verified: 'on' };
    const typed = { ...PASSWORDS, ...more, username: 'climber', email: 'climber@example.test' };
    expect((await (await open(token)).form().submit(typed)).status).toBe(303);
    const climber = await app.deps.db.user.findFirstOrThrow({
      where: { username: 'climber' },
      include: { memberships: true },
    });
    expect(climber).toMatchObject({ emailVerified: false, memberships: [] });
  });

  it('leaves its token nowhere in the database in clear', async () => {
    const token = await invite();
    const rows = await app.deps.db.invitation.findMany();
    const events = await app.deps.db.event.findMany();
    expect(JSON.stringify([rows, events])).not.toContain(token);
  });

  it.each([
    ['GET', INVITATIONS],
    ['POST', INVITATIONS],
  ])('is for administrators alone: %s %s without credentials is refused', async (method, path) => {
    expect((await app.browser().request(method, `/api/v3${path}`)).status).toBe(403);
  });

  it('has the form that authentik gives it', async () => {
    const fields = {
      name: `form-${count}`,
      expires: '2099-01-01T00:00:00Z',
      fixed_data: { name: 'Ann' },
      single_use: false,
    };
    const { body } = await app.api<{ pk: string }>('POST', INVITATIONS, fields);
    expect(body).toMatchObject({
      name: `form-${count}`,
      expires: '2099-01-01T00:00:00.000Z',
      fixed_data: { name: 'Ann' },
      single_use: false,
      created_by: { username: 'akadmin' },
    });
    const patched = await app.api('PATCH', `${INVITATIONS}${body.pk}/`, { single_use: true });
    expect(patched.body).toMatchObject({ single_use: true, fixed_data: { name: 'Ann' }, pk: body.pk });
    expect(
      (await app.api('PATCH', `${INVITATIONS}${body.pk}/`, { fixed_data: { is_superuser: true } })).status,
    ).toBe(400);
    expect((await app.api('DELETE', `${INVITATIONS}${body.pk}/`)).status).toBe(204);
    expect((await app.api('GET', `${INVITATIONS}${body.pk}/`)).status).toBe(404);
  });
});
