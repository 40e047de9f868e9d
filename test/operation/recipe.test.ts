// Connecting a known application, and seeing what it is told, from the administration pages.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGroup } from '../../src/identity/group/group.ts';
import { addUser } from '../../src/identity/group/membership.ts';
import { registerUser } from '../protocol/oidc/service.ts';
import { EMBEDDED } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import type { Page } from '../support/page.ts';
import { faultsOf } from '../support/page-faults.ts';
import { signedIn, submitAt } from './household.ts';

const ROOT = '/if/admin/applications/';

describe('A new application', () => {
  let gatelodge: Gatelodge;
  let admin: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    const { db, changes } = gatelodge.deps;
    const { id } = await createGroup(db, changes, { name: 'minio-admins' });
    await addUser(db, changes, id, await registerUser(gatelodge, 'anna'));
    admin = await signedIn(gatelodge);
  });
  afterAll(() => gatelodge.stop());

  const tilesAt = async (path: string) => {
    const page = await admin.visit(path);
    expect(faultsOf(page.body)).toEqual([]);
    return page.document.querySelectorAll('.tile-name').map((element) => element.textContent);
  };

  it('begins with what it is: known ones, and something else', async () => {
    const tiles = await tilesAt(`${ROOT}create/`);
    expect(tiles).toEqual(expect.arrayContaining(['Gitea', 'Immich', 'MinIO', 'Something else']));
  });

  it('is found by its name, by what it is for, and never leads nowhere', async () => {
    const otherwise = ['A service without a sign-in of its own', 'Something else'];
    expect(await tilesAt(`${ROOT}create/?search=forgejo`)).toEqual(['Gitea', ...otherwise]);
    expect(await tilesAt(`${ROOT}create/?search=photos`)).toEqual(['Immich', ...otherwise]);
    expect(await tilesAt(`${ROOT}create/?search=nothing+like+it`)).toEqual(otherwise);
  });

  it('needs no more than its address, and shows the settings to copy', async () => {
    const page = await submitAt(admin, `${ROOT}create/from/minio/`, { url: 'https://minio.example.com/' });
    expect(page.url.pathname).toBe(`${ROOT}minio/settings/`);
    expect(faultsOf(page.body)).toEqual([]);
    const block = blockOf(page);
    expect(block).toContain(
      `MINIO_IDENTITY_OPENID_CONFIG_URL=${gatelodge.origin}/application/o/minio/.well-known/openid-configuration`,
    );
    expect(block).toMatch(/CLIENT_SECRET=\w{128}/);
    expect(block).toContain('REDIRECT_URI=https://minio.example.com/oauth_callback');
    expect(page.text('main')).toContain('Make this group');
    const detail = await admin.visit(`${ROOT}minio/`);
    expect(detail.body).toContain(`${ROOT}minio/settings/`);
    expect(faultsOf(detail.body)).toEqual([]);
  });

  it('gets a slug of its own when there is one of its kind already', async () => {
    const page = await submitAt(admin, `${ROOT}create/from/minio/`, { url: 'https://s3.example.com' });
    expect(page.url.pathname).toBe(`${ROOT}minio-2/settings/`);
  });

  it('says what is wrong with an address, and keeps what was typed', async () => {
    const page = await submitAt(admin, `${ROOT}create/from/gitea/`, { url: 'git.example.com' });
    expect(page.status).toBe(400);
    expect(page.text('main')).toContain('for example https://git.example.com');
    expect(page.body).toContain('value="git.example.com"');
    expect(faultsOf(page.body)).toEqual([]);
  });

  it('shows what Anna’s token would say', async () => {
    const page = await admin.visit(`${ROOT}minio/claims/?username=anna`);
    expect(faultsOf(page.body)).toEqual([]);
    const said = JSON.parse(blockOf(page));
    expect(said).toMatchObject({
      iss: `${gatelodge.origin}/application/o/minio/`,
      preferred_username: 'anna',
      policy: ['consoleAdmin'],
    });
    expect((await admin.visit(`${ROOT}minio/claims/?username=nobody`)).text('main')).toContain('nobody with');
  });

  it('answers the same in the API', async () => {
    const { body: providers } = await gatelodge.api<{ results: { pk: number }[] }>(
      'GET',
      '/providers/oauth2/?search=minio',
    );
    const { body: users } = await gatelodge.api<{ results: { pk: number }[] }>(
      'GET',
      '/core/users/?username=anna',
    );
    const path = `/providers/oauth2/${providers.results[0]?.pk}/preview_user/?for_user=${users.results[0]?.pk}`;
    const { status, body } = await gatelodge.api<{ preview: object }>('GET', path);
    expect([status, body.preview]).toEqual([200, expect.objectContaining({ policy: ['consoleAdmin'] })]);
  });

  const preview = async () => {
    const page = await admin.visit(`${ROOT}minio/claims/?username=anna`);
    return { page, said: JSON.parse(blockOf(page)) };
  };

  it('is told claims of its own, until they are taken away', async () => {
    const claims = `${ROOT}minio/claims/`;
    const table = {
      claim: 'role',
      scope: 'team',
      kind: 'table',
      value: 'minio-admins = boss\r\nothers = guest',
    };
    await submitAt(admin, claims, table, claims);
    await submitAt(admin, claims, { claim: 'seat', scope: 'team', kind: 'constant', value: '5' }, claims);
    const shell = { claim: 'shell', scope: 'team', kind: 'expression', value: 'user.attributes.shell' };
    await submitAt(admin, claims, shell, claims);

    const { page, said } = await preview();
    expect(said).toMatchObject({ role: 'boss', seat: 5 });
    expect(said).not.toHaveProperty('shell');
    expect(page.text('main')).toContain('“shell” would be missing');

    const own = page.document.querySelectorAll('form[action*="/delete/"]');
    const seat = own.find((form) => form.querySelector('input[name="claim"][value="seat"]'));
    await page
      .form(`form[action="${seat?.getAttribute('action')}"]:has(input[value="seat"])`)
      .submit({}, { follow: true });
    expect((await preview()).said).not.toHaveProperty('seat');
  });

  it('refuses a claim that cannot be, in words', async () => {
    const claims = `${ROOT}minio/claims/`;
    const expression = { claim: 'x', scope: 'team', kind: 'expression', value: 'nobody.knows' };
    const page = await submitAt(admin, claims, expression, claims);
    expect(page.status).toBe(400);
    expect(page.text('main')).toContain('Unknown variable: nobody');
    const own = await submitAt(
      admin,
      claims,
      { claim: 'sub', scope: 'team', kind: 'constant', value: 'x' },
      claims,
    );
    expect(own.text('main')).toContain('is set by Gatelodge itself');
  });

  it('takes its own scopes along when it is deleted', async () => {
    const { db } = gatelodge.deps;
    expect(await db.scopeMapping.count({ where: { name: { startsWith: 'minio: ' } } })).toBeGreaterThan(0);
    await submitAt(admin, `${ROOT}minio/delete/`, {});
    expect(await db.scopeMapping.count({ where: { name: { startsWith: 'minio: ' } } })).toBe(0);
  });
});

/** The lines of the first block; the parser takes what is in a <pre> as text. */
function blockOf({ document }: Page): string {
  return document.querySelector('.copy-block pre')?.textContent.replaceAll(/<\/?code>/g, '') ?? '';
}
