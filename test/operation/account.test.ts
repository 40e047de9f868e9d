import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';
import { faultsOf } from '../support/page-faults.ts';
import { signedIn, submitAt } from './household.ts';

everyBackend('the portal', (backend) => {
  let gatelodge: Gatelodge;
  let anna: Browser;
  let annaId: number;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    const { body } = await gatelodge.api<{ pk: number }>('POST', '/core/users/', {
      username: 'anna',
      name: 'Anna',
    });
    annaId = body.pk;
    await gatelodge.api('POST', `/core/users/${annaId}/set_password/`, { password: 'a password of anna' });
    anna = await signedIn(gatelodge, 'anna', 'a password of anna');
  });
  afterAll(() => gatelodge.stop());

  it('tells a person without applications whom to ask, and an administrator what to do', async () => {
    expect((await anna.visit('/if/user/')).text('.empty')).toContain('Ask the person who runs this server');
    const admin = await signedIn(gatelodge);
    const page = await admin.visit('/if/user/');
    expect(page.document.querySelector('.empty a')?.getAttribute('href')).toBe(
      '/if/admin/applications/create/',
    );
  });

  it('is where the bare address leads', async () => {
    expect((await anna.visit('/')).url.pathname).toBe('/if/user/');
  });

  it('shows applications under their headings, and finds them by any word', async () => {
    for (const [name, group, description] of [
      ['Jellyfin', 'Media', 'Films and music'],
      ['Immich', 'Media', 'Photos'],
      ['Gitea', 'Work', 'Code'],
    ]) {
      await gatelodge.api('POST', '/core/applications/', {
        name,
        slug: name?.toLowerCase(),
        group,
        meta_description: description,
        meta_launch_url: `https://${name?.toLowerCase()}.example.com/?user=%(username)s`,
      });
    }
    const page = await anna.visit('/if/user/');
    expect(page.document.querySelectorAll('main h2').map((heading) => heading.textContent)).toEqual([
      'Media',
      'Work',
    ]);
    expect(faultsOf(page.body)).toEqual([]);
    const found = await anna.visit('/if/user/?search=media+film');
    expect(found.document.querySelectorAll('.tile-name').map((tile) => tile.textContent)).toEqual([
      'Jellyfin',
    ]);
    expect((await anna.visit('/if/user/?search=nothing')).text('.empty')).toContain('nothing');
  });

  it('leads to an application with the person filled in', async () => {
    const page = await anna.get('/application/launch/gitea/');
    expect(page.location?.href).toBe('https://gitea.example.com/?user=anna');
  });

  it('does not know an application that is not there', async () => {
    expect((await anna.get('/application/launch/absent/')).status).toBe(404);
  });

  it('lists where a person is signed in, and signs them out there', async () => {
    const phone = await signedIn(gatelodge, 'anna', 'a password of anna');
    const page = await anna.visit('/if/user/sessions/');
    expect(faultsOf(page.body)).toEqual([]);
    const [end] = page.document.querySelectorAll('form[action$="/end/"]');
    await submitAt(anna, '/if/user/sessions/', {}, end?.getAttribute('action') ?? '');
    expect((await phone.get('/if/user/')).status).toBe(303);
    expect((await anna.get('/if/user/')).status).toBe(200);
  });

  it('signs out everywhere else at once', async () => {
    const others = [
      await signedIn(gatelodge, 'anna', 'a password of anna'),
      await signedIn(gatelodge, 'anna', 'a password of anna'),
    ];
    await submitAt(anna, '/if/user/sessions/', {}, '/if/user/sessions/end-others/');
    for (const other of others) expect((await other.get('/if/user/')).status).toBe(303);
    expect((await anna.get('/if/user/')).status).toBe(200);
  });

  it("ends nobody else's session", async () => {
    const admin = await signedIn(gatelodge);
    const page = await anna.visit('/if/user/sessions/');
    const fields = (await admin.visit('/if/user/sessions/')).document;
    expect(fields.querySelectorAll('form[action$="/end/"]').length).toBeGreaterThan(0);
    const sessions = await gatelodge.deps.sessions.list(1);
    const foreign = sessions[0]?.id;
    const token = page.document
      .querySelector('main input[name="_csrf"], input[name="_csrf"]')
      ?.getAttribute('value');
    await anna.post(
      `/if/user/sessions/${foreign}/end/`,
      { _csrf: token ?? '' },
      { headers: { origin: gatelodge.origin } },
    );
    expect((await gatelodge.deps.sessions.list(1)).map(({ id }) => id)).toContain(foreign);
  });

  it('lists what an application may see, and takes it back', async () => {
    const { db } = gatelodge.deps;
    const application = await db.application.findUniqueOrThrow({ where: { slug: 'gitea' } });
    const key = { userId: annaId, applicationId: application.id };
    await db.consent.create({ data: { ...key, scopes: ['openid', 'email'] } });
    const page = await anna.visit('/if/user/consents/');
    expect(page.text('main')).toContain('Gitea');
    expect(faultsOf(page.body)).toEqual([]);
    const after = await submitAt(anna, '/if/user/consents/', {}, '/if/user/consents/gitea/revoke/');
    expect(after.text('.empty')).toContain('No permissions');
    expect(await db.consent.count({ where: key })).toBe(0);
  });

  it('signs out by the menu', async () => {
    const page = await anna.visit('/if/user/');
    expect(page.text('.menu')).toContain('Anna');
    const left = await page
      .form('form[action="/if/flow/default-invalidation-flow/"]')
      .submit({}, { follow: true });
    expect(left.status).toBeLessThan(400);
    expect((await anna.get('/if/user/')).status).toBe(303);
  });
});
