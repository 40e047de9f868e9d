import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import { faultsOf } from '../support/page-faults.ts';
import { signedIn, submitAt } from './household.ts';

const ROOT = '/if/admin/applications/';

everyBackend('the administration pages', (backend) => {
  let gatelodge: Gatelodge;
  let admin: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    admin = await signedIn(gatelodge);
  });
  afterAll(() => gatelodge.stop());

  const newestEvents = async (count: number) => {
    const { body } = await gatelodge.api<{ results: { action: string; user: object; context: object }[] }>(
      'GET',
      `/events/events/?ordering=-created&page_size=${count}`,
    );
    return body.results;
  };
  const newestEvent = async () => (await newestEvents(1))[0];

  it('begin with what to do first', async () => {
    const page = await admin.visit('/if/admin/');
    expect(page.url.pathname).toBe(ROOT);
    expect(page.text('.empty')).toContain('Connect your first service');
    expect(faultsOf(page.body)).toEqual([]);
  });

  it('make an OpenID Connect application from one form, and show what to enter in the service', async () => {
    const page = await submitAt(admin, `${ROOT}create/other/`, {
      name: 'Größe & Co.',
      redirect_uris: 'https://app.example.com/callback\r\napp.example:///oauth\r\n',
    });
    expect(page.url.pathname).toBe(`${ROOT}grosse-co/`);
    expect(page.text('h1')).toBe('Größe & Co.');
    const shown = page.document.querySelectorAll('.copy code').map((element) => element.textContent);
    const { body } = await gatelodge.api<{ results: { pk: number }[] }>('GET', '/providers/oauth2/');
    const path = `/providers/oauth2/${body.results[0]?.pk}/`;
    const { body: provider } = await gatelodge.api<{ client_id: string; client_secret: string }>('GET', path);
    expect(shown).toEqual(
      expect.arrayContaining([
        provider.client_id,
        provider.client_secret,
        `${gatelodge.origin}/application/o/grosse-co/`,
        `${gatelodge.origin}/application/o/grosse-co/.well-known/openid-configuration`,
        `${gatelodge.origin}/application/o/token/`,
        `${gatelodge.origin}/application/o/grosse-co/end-session/`,
      ]),
    );
    expect(page.text('main')).toContain('app.example:///oauth');
    expect(faultsOf(page.body)).toEqual([]);
    const user = { username: 'akadmin' };
    // The page showed the secret, and so did the API just now.
    expect(await newestEvents(3)).toMatchObject([
      { action: 'secret_view', user },
      { action: 'secret_view', user },
      { action: 'model_created', user },
    ]);
  });

  it('say what is wrong at the field, keep what was typed, and change nothing', async () => {
    const page = await submitAt(admin, `${ROOT}create/other/`, {
      name: 'Second',
      slug: 'grosse-co',
      description: 'kept',
    });
    expect(page.status).toBe(400);
    expect(page.text('#field-slug-error')).toContain('already exists');
    expect(page.document.querySelector('#field-description')?.getAttribute('value')).toBe('kept');
    const uri = await submitAt(admin, `${ROOT}create/other/`, {
      name: 'Third',
      redirect_uris: 'https://ok.example/\njavascript:alert(1)',
    });
    expect(uri.text('#field-redirect_uris-error')).toContain('Line 2');
    const { body } = await gatelodge.api<{ pagination: { count: number } }>('GET', '/core/applications/');
    expect(body.pagination.count).toBe(1);
  });

  it('edit an application and keep what the form does not know', async () => {
    await gatelodge.api('PATCH', '/providers/oauth2/1/', {
      redirect_uris: [
        { matching_mode: 'strict', url: 'https://app.example.com/callback' },
        { matching_mode: 'regex', url: 'https://[a-z]+\\.example\\.com/callback' },
      ],
    });
    const page = await submitAt(admin, `${ROOT}grosse-co/edit/`, {
      name: 'Sizes',
      slug: 'sizes',
      redirect_uris: 'https://new.example.com/callback',
    });
    expect(page.url.pathname).toBe(`${ROOT}sizes/`);
    expect(page.text('[aria-labelledby="redirects"]')).toContain('https://new.example.com/callback');
    expect(page.text('[aria-labelledby="redirects"]')).toContain('[a-z]+');
    expect(page.text('[aria-labelledby="redirects"]')).not.toContain('https://app.example.com');
  });

  it('replace the client secret after a confirmation', async () => {
    const secretOn = (page: { document: { querySelector(s: string): { textContent: string } | null } }) =>
      page.document.querySelector('.copy-secret code')?.textContent;
    const before = await admin.visit(`${ROOT}sizes/`);
    const after = await submitAt(admin, `${ROOT}sizes/`, {}, `${ROOT}sizes/rotate-secret/`);
    expect(secretOn(after)).toMatch(/^\w{40,}$/);
    expect(secretOn(after)).not.toBe(secretOn(before));
    expect(await newestEvent()).toMatchObject({ action: 'secret_rotate' });
  });

  it('make a second person, in a group, who can sign in', async () => {
    const group = await submitAt(admin, '/if/admin/groups/', { name: 'family' }, '/if/admin/groups/');
    expect(group.text('h1')).toBe('family');
    const groupId = group.url.pathname.split('/')[4] ?? '';
    const page = await submitAt(admin, '/if/admin/users/create/', {
      username: 'bob',
      name: 'Bob',
      password: 'a password of bob',
      groups: groupId,
    });
    expect(page.text('h1')).toBe('Bob');
    const bob = await signedIn(gatelodge, 'bob', 'a password of bob');
    expect((await bob.visit('/if/user/profile/')).text('main')).toContain('family');
  });

  it('open an application to a group only, and to everybody again', async () => {
    const { body } = await gatelodge.api<{ results: { pk: string }[] }>(
      'GET',
      '/core/groups/?name=Gatelodge+Admins',
    );
    const path = `${ROOT}sizes/`;
    const page = await submitAt(admin, path, { group: body.results[0]?.pk ?? '' }, `${path}bindings/`);
    expect(page.text('[aria-labelledby="access"]')).toContain('Gatelodge Admins');
    const bob = await signedIn(gatelodge, 'bob', 'a password of bob');
    expect((await bob.visit('/if/user/')).text('main')).not.toContain('Sizes');
    expect((await bob.get('/application/launch/sizes/')).status).toBe(403);
    const remove = page.document.querySelector('form[action*="/bindings/"][action$="/delete/"]');
    await submitAt(admin, path, {}, remove?.getAttribute('action') ?? '');
    expect((await bob.visit('/if/user/')).text('main')).toContain('Sizes');
    expect((await bob.get('/application/launch/sizes/')).location?.href).toBe('https://new.example.com/');
  });

  it('say at the field that nobody has a name to whom an application is to be opened', async () => {
    const page = await admin.visit(`${ROOT}sizes/`);
    const again = await page.form('main form:has([name="username"])').submit({ username: 'nobody' });
    expect(again.status).toBe(400);
    expect(again.text('h1')).toBe('Sizes');
    expect(again.text('.field-error')).toBe('There is nobody with this username.');
    expect(faultsOf(again.body)).toEqual([]);
  });

  it('deactivate a person, whose sessions end at once', async () => {
    const bob = await signedIn(gatelodge, 'bob', 'a password of bob');
    const { body } = await gatelodge.api<{ results: { pk: number }[] }>('GET', '/core/users/?username=bob');
    const path = `/if/admin/users/${body.results[0]?.pk}/`;
    const form = (await admin.visit(path)).form('main form:not([action])');
    const { is_active: _, ...others } = form.fields;
    await admin.post(path, others, { headers: { origin: gatelodge.origin } });
    expect((await bob.get('/if/user/')).location?.pathname).toBe('/if/flow/default-authentication-flow/');
  });

  it('refuse to lose the last administrator, in words', async () => {
    const { body } = await gatelodge.api<{ results: { pk: number }[] }>(
      'GET',
      '/core/users/?username=akadmin',
    );
    const path = `/if/admin/users/${body.results[0]?.pk}/`;
    const page = await submitAt(admin, path, {}, `${path}delete/`);
    expect(page.status).toBe(409);
    expect(page.text('main')).toContain('nobody to administer');
  });

  it('delete an application with its client, after a page that asks', async () => {
    const asked = await admin.visit(`${ROOT}sizes/delete/`);
    expect(asked.text('main')).toContain('cannot be undone');
    const page = await asked.form('main form').submit({}, { follow: true });
    expect(page.url.pathname).toBe(ROOT);
    const { body } = await gatelodge.api<{ pagination: { count: number } }>('GET', '/providers/oauth2/');
    expect(body.pagination.count).toBe(0);
  });

  it.each([
    ROOT,
    `${ROOT}create/other/`,
    '/if/admin/users/',
    '/if/admin/users/1/',
    '/if/admin/groups/',
    '/if/admin/events/',
  ])('are sound HTML: %s', async (path) => {
    const page = await admin.visit(path);
    expect(page.status).toBe(200);
    expect(faultsOf(page.body)).toEqual([]);
  });

  it('are for administrators only', async () => {
    await submitAt(admin, '/if/admin/users/create/', { username: 'carol', password: 'a password of carol' });
    const carol = await signedIn(gatelodge, 'carol', 'a password of carol');
    for (const path of [ROOT, '/if/admin/users/', '/if/admin/groups/', '/if/admin/events/']) {
      expect((await carol.get(path)).status).toBe(403);
    }
    expect((await gatelodge.browser().get(ROOT)).location?.pathname).toBe(
      '/if/flow/default-authentication-flow/',
    );
  });
});
