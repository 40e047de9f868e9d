// Applications behind a proxy, as an administrator makes them: by pages and by commands.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signedIn, submitAt } from '../../operation/household.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { faultsOf } from '../../support/page-faults.ts';

const ROOT = '/if/admin/applications/';
const CREATE = `${ROOT}create/proxy/`;

let gatelodge: Gatelodge;
let admin: Browser;

beforeAll(async () => {
  gatelodge = await startGatelodge({ database: 'embedded', sessions: 'database' });
  admin = await signedIn(gatelodge);
});
afterAll(() => gatelodge?.stop());

const providers = async () => {
  const { body } = await gatelodge.api<{ results: Record<string, unknown>[] }>('GET', '/providers/proxy/');
  return body.results;
};

describe('the pages about applications behind a proxy', () => {
  it('ask first how the application is protected', async () => {
    const page = await admin.visit(CREATE);
    const links = page.document.querySelectorAll('.card a.button').map((link) => link.getAttribute('href'));
    expect(links).toEqual(['forward-single', 'forward-domain', 'proxy'].map((mode) => `${CREATE}${mode}/`));
    expect(faultsOf(page.body)).toEqual([]);
    expect((await admin.visit(`${ROOT}create/`)).body).toContain(CREATE);
  });

  it('make one from a small form, and show what to write into the proxy', async () => {
    const page = await submitAt(admin, `${CREATE}forward-single/`, {
      name: 'Films & Series',
      external_host: 'https://films.example.com/',
      skip_path_regex: '^/health$\r\n^/api/public/',
      remote_headers: 'on',
    });
    expect(page.url.pathname).toBe(`${ROOT}films-series/proxy/`);
    expect(page.text('pre')).toContain('server_name films.example.com;');
    expect(page.text('pre')).toContain('proxy_set_header Remote-User $gatelodge_remote_user;');
    expect(faultsOf(page.body)).toEqual([]);
    expect(await providers()).toMatchObject([
      {
        name: 'films-series',
        mode: 'forward_single',
        external_host: 'https://films.example.com',
        skip_path_regex: '^/health$\n^/api/public/',
        remote_headers: true,
      },
    ]);
  });

  it('print it for each proxy, with the address at which that reaches us', async () => {
    const page = await admin.visit(`${ROOT}films-series/proxy/?for=caddy&gatelodge=10.0.0.2:9000`);
    expect(page.text('pre')).toContain('forward_auth 10.0.0.2:9000');
    const odd = await admin.visit(`${ROOT}films-series/proxy/?for=none&gatelodge=%0Aevil%7B`);
    expect(odd.text('pre')).not.toContain('evil');
    expect(faultsOf(page.body)).toEqual([]);
  });

  it('make a domain, and an application that we pass requests on to', async () => {
    const domain = await submitAt(admin, `${CREATE}forward-domain/`, {
      name: 'Home',
      external_host: 'https://home.example.net',
      cookie_domain: '.example.net',
    });
    expect(domain.url.pathname).toBe(`${ROOT}home/proxy/`);
    const direct = await submitAt(admin, `${CREATE}proxy/`, {
      name: 'Notes',
      external_host: 'https://notes.example.com',
      internal_host: 'http://notes:3000',
      skips_certificate_check: 'on',
    });
    expect(direct.text('pre')).toContain('proxy_pass http://gatelodge_notes;');
    const [, notes] = (await providers())
      .toSorted((a, b) => String(a.name).localeCompare(String(b.name)))
      .slice(1);
    expect(notes).toMatchObject({ mode: 'proxy', internal_host_ssl_validation: false });
  });

  it('say what is wrong at the field, and keep what was typed', async () => {
    const page = await submitAt(admin, `${CREATE}forward-domain/`, {
      name: 'Wrong',
      external_host: 'https://elsewhere.example.org',
      cookie_domain: 'example.net',
      skip_path_regex: '(',
    });
    expect(page.status).toBe(400);
    expect(page.text('#field-skip_path_regex-error')).not.toBe('');
    expect(page.document.querySelector('#field-cookie_domain')?.getAttribute('value')).toBe('example.net');
    const other = await submitAt(admin, `${CREATE}proxy/`, {
      name: 'W',
      external_host: 'ftp://x',
      internal_host: 'http://x',
    });
    expect(other.text('#field-external_host-error')).toContain('https://app.example.com');
    expect(await providers()).toHaveLength(3);
  });

  // biome-ignore format: a table
  it.each([
    ['forward-single', { external_host: 'a.example.com' },               'external_host',   'Begin it with https://'],
    ['forward-single', { external_host: 'https://a.example.com/path' },  'external_host',   'Leave out what comes after the host'],
    ['forward-single', { external_host: 'https://me@a.example.com' },    'external_host',   'before the @'],
    ['forward-single', { external_host: 'https://*.example.com' },       'external_host',   'A whole domain'],
    ['forward-single', { external_host: 'https://FILMS.example.com.' },  'external_host',   '“Films & Series” has this address'],
    ['forward-single', { external_host: 'http://films.example.com:80' }, 'external_host',   '“Films & Series” has this address'],
    ['forward-single', { name: 'films, SERIES' },                        'name',            '“films-series”'],
    ['forward-single', { name: 'Token' },                                'name',            '“token”'],
    ['forward-single', { name: '***' },                                  'name',            'at least one letter'],
    ['forward-single', { internal_host: 'notes:3000' },                  'internal_host',   'Begin it with http://'],
    ['forward-single', { internal_host: 'http://notes:3000/sub' },       'internal_host',   'keeps its own path'],
    ['forward-single', { skip_path_regex: '^/ok\r\n(' },                 'skip_path_regex', 'Line 2'],
    ['forward-single', { basic_auth_enabled: 'on', basic_auth_password_attribute: 'pass' }, 'basic_auth_user_attribute', 'which attribute'],
    ['forward-domain', { cookie_domain: '' },                            'cookie_domain',   'Say which domain'],
    ['forward-domain', { cookie_domain: 'example.org' },                 'cookie_domain',   'a.example.com is not in example.org'],
    ['forward-domain', { cookie_domain: 'https://example.com' },         'cookie_domain',   'without https://'],
    ['forward-domain', { cookie_domain: '192.168.1.2' },                 'cookie_domain',   'Numbers'],
    ['forward-domain', { cookie_domain: 'com' },                         'cookie_domain',   'such as home.com'],
    ['forward-domain', { cookie_domain: 'lan' },                         'cookie_domain',   'enter home.lan'],
    ['proxy',          { internal_host: '' },                            'internal_host',   'Say where the service is'],
    ['proxy',          { host_header_attribute: 'a', host_header_expression: '"b"' }, 'host_header_expression', 'not both'],
  ] as const)('say what to do instead, and lose nothing: %s %j', async (mode, wrong, field, told) => {
    const right = { name: 'Anything', external_host: 'https://a.example.com', cookie_domain: 'example.com' };
    const { cookie_domain: _, ...single } = right;
    const typed = { ...(mode === 'forward-domain' ? right : single), internal_host: 'http://app', ...wrong };
    const { internal_host: __, ...domain } = typed;
    const sent: Record<string, string> = mode === 'forward-domain' ? domain : typed;
    const page = await submitAt(admin, `${CREATE}${mode}/`, sent);
    expect(page.status).toBe(400);
    expect(page.text(`#field-${field}-error`)).toContain(told);
    for (const [name, value] of Object.entries(sent)) {
      const control = page.document.querySelector(`#field-${name}`);
      const isTicked = control?.getAttribute('type') === 'checkbox' && control.hasAttribute('checked');
      const kept = control?.tagName === 'TEXTAREA' ? control.text.trim() : control?.getAttribute('value');
      expect([name, isTicked ? 'on' : kept]).toEqual([name, value]);
    }
  });

  it('take a host of other letters, and write it as browsers do', async () => {
    const page = await submitAt(admin, `${CREATE}forward-domain/`, {
      name: 'Bücher',
      external_host: 'https://www.bücher.example',
      cookie_domain: 'bücher.example',
    });
    expect(page.text('pre')).toContain('xn--bcher-kva.example');
    const books = (await providers()).find(({ name }) => name === 'bucher');
    expect(books).toMatchObject({
      external_host: 'https://www.xn--bcher-kva.example',
      cookie_domain: 'xn--bcher-kva.example',
    });
    await gatelodge.api('DELETE', `/core/applications/${books?.assigned_application_slug}/`);
    await gatelodge.api('DELETE', `/providers/proxy/${books?.pk}/`);
  });

  it('say all that is wrong at once', async () => {
    const typed = { name: '***', external_host: 'a.example.com', cookie_domain: 'x y', skip_path_regex: '(' };
    const page = await submitAt(admin, `${CREATE}forward-domain/`, typed);
    for (const field of Object.keys(typed)) expect(page.text(`#field-${field}-error`)).not.toBe('');
    expect(page.document.querySelectorAll('#errors li')).toHaveLength(4);
  });

  it('refuse our own address, which is not the application', async () => {
    const typed = { name: 'Own', external_host: gatelodge.origin };
    const page = await submitAt(admin, `${CREATE}forward-single/`, typed);
    expect(page.text('#field-external_host-error')).toContain('Gatelodge itself');
  });

  it('change the settings, and keep the mode', async () => {
    const path = `${ROOT}notes/proxy/edit/`;
    const page = await submitAt(admin, path, {
      internal_host: 'https://notes:3443',
      host_header_attribute: 'notes_host',
    });
    expect(page.url.pathname).toBe(`${ROOT}notes/proxy/`);
    expect((await providers()).find(({ name }) => name === 'notes')).toMatchObject({
      mode: 'proxy',
      internal_host: 'https://notes:3443',
      host_header_attribute: 'notes_host',
    });
    expect(faultsOf((await admin.visit(path)).body)).toEqual([]);
  });

  it('let one choose how long a sign-in counts there, and what of the page is sent to the sign-in', async () => {
    const path = `${ROOT}films-series/proxy/edit/`;
    const films = async () => (await providers()).find(({ name }) => name === 'films-series');
    const patch = (fields: object) => async () =>
      gatelodge.api('PATCH', `/providers/proxy/${(await films())?.pk}/`, fields);
    const chosenAge = async () =>
      (await admin.visit(path)).document
        .querySelector('[name="session_validity_seconds"] [selected]')
        ?.getAttribute('value');
    const isTicked = async () =>
      (await admin.visit(path)).document.querySelector('[name="interactive_only"]')?.hasAttribute('checked');

    const usual = { access_token_validity: 'days=1', interactive_only: null };
    expect(await films()).toMatchObject(usual);
    expect([await chosenAge(), await isTicked()]).toEqual(['86400', true]);
    await submitAt(admin, path, {});
    expect(await films()).toMatchObject(usual);

    const page = await submitAt(admin, path, { session_validity_seconds: '3600', interactive_only: [] });
    expect(page.text('dl')).toContain('After an hour');
    expect(await films()).toMatchObject({ access_token_validity: 'hours=1', interactive_only: false });
    expect([await chosenAge(), await isTicked()]).toEqual(['3600', false]);

    await patch({ access_token_validity: 'minutes=7', interactive_only: true })();
    expect([await chosenAge(), await isTicked()]).toEqual(['420', true]);
    await submitAt(admin, path, {});
    expect(await films()).toMatchObject({ access_token_validity: 'minutes=7', interactive_only: true });

    for (const odd of ['5', '0', '-1', 'long', '999999999999']) {
      const refused = await submitAt(admin, path, { session_validity_seconds: odd });
      expect(refused.text('#field-session_validity_seconds-error')).not.toBe('');
    }
    await patch(usual)();
  });

  it('let one choose by name whose access tokens open it', async () => {
    await submitAt(admin, `${ROOT}create/other/`, { name: 'Calendar robot' });
    const path = `${ROOT}films-series/proxy/edit/`;
    const form = (await admin.visit(path)).document;
    const choice = form
      .querySelectorAll('#field-jwt_federation_providers label')
      .map((label) => label.text.replaceAll(/\s+/g, ' ').trim());
    expect(choice).toEqual(['Calendar robot', 'Home (behind a proxy)', 'Notes (behind a proxy)']);
    const id = String(form.querySelector('[name="jwt_federation_providers"]')?.getAttribute('value'));
    const wrong = await submitAt(admin, path, { jwt_federation_providers: id, external_host: 'nowhere' });
    expect(wrong.document.querySelectorAll('[name="jwt_federation_providers"][checked]')).toHaveLength(1);
    const saved = await submitAt(admin, path, { jwt_federation_providers: id });
    expect(saved.text('dl')).toContain('Calendar robot');
    const films = async () => (await providers()).find(({ name }) => name === 'films-series');
    expect(await films()).toMatchObject({
      jwt_federation_providers: [Number(id)],
      intercept_header_auth: true,
    });

    await gatelodge.api('DELETE', `/providers/oauth2/${id}/`);
    const address = `/providers/proxy/${(await films())?.pk}/`;
    const { status } = await gatelodge.api('PATCH', address, { internal_host: 'http://films:80' });
    expect(status).toBe(200);
  });

  it('say that the address is not set which people would be sent to', async () => {
    const page = await admin.visit(`${ROOT}films-series/proxy/`);
    expect(page.text('.notice code')).toBe(`GATELODGE_URL=${gatelodge.origin}`);
    expect(page.text('dl')).not.toContain('Issuer');
  });

  it('lead there from the application itself', async () => {
    const page = await admin.visit(`${ROOT}notes/`);
    expect(page.body).toContain(`${ROOT}notes/proxy/`);
    expect(page.text('main')).not.toContain('no provider');
  });

  it('do not exist for an application that is behind no proxy', async () => {
    await submitAt(admin, `${ROOT}create/other/`, { name: 'Client' });
    expect((await admin.get(`${ROOT}client/proxy/`)).status).toBe(404);
  });
});
