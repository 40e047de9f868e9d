// Nobody gains rights through the API (CVE-2026-40172, CVE-2024-37905), and nobody loses the last administrator.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

interface Row {
  readonly pk: number;
}

describe('rights', () => {
  let gatelodge: Gatelodge;
  let administrator: number;
  let mallory: number;
  let victim: number;
  let admins: string;
  let key: string;

  const asMallory = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${gatelodge.origin}/api/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const create = async (path: string, body: unknown) =>
    (await gatelodge.api<Row>('POST', path, body)).body.pk;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    administrator = (await gatelodge.api<{ user: Row }>('GET', '/core/users/me/')).body.user.pk;
    mallory = await create('/core/users/', { username: 'mallory', name: 'Mallory' });
    victim = await create('/core/users/', { username: 'victim', name: 'Victim' });
    const groups = await gatelodge.api<{ results: { pk: string }[] }>(
      'GET',
      '/core/groups/?is_superuser=true',
    );
    admins = groups.body.results[0]?.pk ?? '';
    await create('/core/tokens/', { identifier: 'mallory', user: mallory });
    await create('/core/tokens/', { identifier: 'victim', user: victim });
    key = (await gatelodge.api<{ key: string }>('GET', '/core/tokens/mallory/view_key/')).body.key;
    const wiki = await create('/core/applications/', { name: 'Wiki', slug: 'wiki' });
    await create('/policies/bindings/', { target: wiki, user: victim, order: 0 });
    await create('/core/applications/', { name: 'Notes', slug: 'notes' });
  });
  afterAll(() => gatelodge?.stop());

  describe('an ordinary user', () => {
    it.each([
      ['GET', () => '/core/users/', undefined],
      ['GET', () => `/core/users/${victim}/`, undefined],
      ['POST', () => '/core/users/', { username: 'evil', name: '' }],
      ['PATCH', () => `/core/users/${mallory}/`, { attributes: { admin: true } }],
      ['PATCH', () => `/core/users/${mallory}/`, { groups: [] }],
      ['DELETE', () => `/core/users/${victim}/`, undefined],
      ['POST', () => `/core/users/${administrator}/set_password/`, { password: 'evil' }],
      ['POST', () => '/core/users/service_account/', { name: 'evil' }],
      ['GET', () => '/core/groups/', undefined],
      ['POST', () => '/core/groups/', { name: 'evil', is_superuser: true }],
      ['PATCH', () => `/core/groups/${admins}/`, { users: [] }],
      ['POST', () => `/core/groups/${admins}/add_user/`, { pk: 1 }],
      ['POST', () => '/core/applications/', { name: 'Evil', slug: 'evil' }],
      ['PATCH', () => '/core/applications/notes/', { name: 'Evil' }],
      ['GET', () => '/policies/bindings/', undefined],
      ['GET', () => '/events/events/', undefined],
    ])('may not %s %s', async (method, path, body) => {
      expect((await asMallory(method, path(), body)).status).toBe(403);
    });

    it('reads about themselves', async () => {
      const { body } = await asMallory('GET', '/core/users/me/');
      expect(body.user).toMatchObject({ username: 'mallory', is_superuser: false });
    });

    it('sees only the applications that they may open, and cannot tell another from none', async () => {
      const { body } = await asMallory('GET', '/core/applications/?superuser_full_list=true');
      expect(body.results.map(({ slug }: { slug: string }) => slug)).toEqual(['notes']);
      const unseen = await asMallory('GET', '/core/applications/wiki/');
      const absent = await asMallory('GET', '/core/applications/absent/');
      expect(unseen).toEqual(absent);
      expect(unseen.status).toBe(404);
      const askUnseen = await asMallory('GET', '/core/applications/wiki/check_access/');
      expect(askUnseen).toEqual(await asMallory('GET', '/core/applications/absent/check_access/'));
      expect(
        (await asMallory('GET', `/core/applications/wiki/check_access/?for_user=${victim}`)).status,
      ).toBe(403);
    });

    it("neither sees, nor changes, nor deletes another's token", async () => {
      const { body } = await asMallory('GET', '/core/tokens/');
      expect(body.results.map(({ identifier }: { identifier: string }) => identifier)).toEqual(['mallory']);
      for (const [method, path, sent] of [
        ['GET', '/core/tokens/victim/', undefined],
        ['GET', '/core/tokens/victim/view_key/', undefined],
        ['POST', '/core/tokens/victim/set_key/', { key: 'a-key-that-i-know' }],
        ['PATCH', '/core/tokens/victim/', { description: 'evil' }],
        ['DELETE', '/core/tokens/victim/', undefined],
      ] as const) {
        expect((await asMallory(method, path, sent)).status).toBe(404);
      }
    });

    it('makes no token for another, gives none away, and none that lives too long', async () => {
      const later = new Date(Date.now() + 400 * 24 * 60 * 60 * 1000).toISOString();
      const soon = new Date(Date.now() + 100 * 24 * 60 * 60 * 1000).toISOString();
      for (const body of [
        { user: administrator },
        { expiring: false },
        { expires: soon },
        { intent: 'app_password', expires: later },
        { intent: 'recovery' },
      ]) {
        expect((await asMallory('POST', '/core/tokens/', { identifier: 'evil', ...body })).status).toBe(400);
      }
      for (const body of [
        { user: administrator },
        { expiring: false },
        { expires: soon },
        { intent: 'recovery' },
        { key: 'a-key-that-i-know' },
      ]) {
        expect((await asMallory('PATCH', '/core/tokens/mallory/', body)).status).toBe(400);
      }
    });

    it('cannot turn a long-lived app password into an API token', async () => {
      const expires = new Date(Date.now() + 100 * 24 * 60 * 60 * 1000).toISOString();
      const made = { identifier: 'mail', intent: 'app_password', expires };
      expect((await asMallory('POST', '/core/tokens/', made)).status).toBe(201);
      expect((await asMallory('PATCH', '/core/tokens/mail/', { intent: 'api' })).status).toBe(400);
    });
  });

  describe('a field that is not declared', () => {
    it.each([
      ['POST', '/core/users/', { username: 'new', name: '', password_hash: 'x' }],
      ['POST', '/core/users/', { username: 'new', name: '', is_superuser: true }],
      ['POST', '/core/users/', { username: 'new', name: '', uid: 'x' }],
      ['POST', '/core/groups/', { name: 'new', pk: 'x' }],
      ['POST', '/core/applications/', { name: 'new', slug: 'new', id: 'x' }],
      ['POST', '/core/tokens/', { identifier: 'new', key: 'x' }],
    ])('is refused by %s %s %j', async (method, path, body) => {
      expect((await gatelodge.api(method, path, body)).status).toBe(400);
    });

    it('cannot be smuggled into a body by the query', async () => {
      const { status } = await gatelodge.api('POST', '/core/groups/?is_superuser=true', { name: 'plain' });
      expect(status).toBe(201);
      const { body } = await gatelodge.api<{ results: unknown[] }>('GET', '/core/groups/?is_superuser=true');
      expect(body.results).toHaveLength(1);
    });
  });

  describe('an application', () => {
    type Rule = {
      readonly who: 'user' | 'group' | 'other group';
      readonly negate?: boolean;
      readonly enabled?: boolean;
    };
    const only: Rule = { who: 'group' };
    const user: Rule = { who: 'user' };

    // biome-ignore format: a table
    it.each<[string, 'any' | 'all', readonly Rule[], 'user' | 'group', number]>([
      ['whose only rule is a group',                       'any', [only],                                             'group', 409],
      ['whose only rule is a person',                      'any', [user],                                             'user',  409],
      ['whose other rules are switched off',               'any', [only, { who: 'other group', enabled: false }],     'group', 409],
      ['that is for all but a group',                      'any', [{ who: 'group', negate: true }],                   'group', 409],
      ['that wants two groups, and loses one',             'all', [only, { who: 'other group' }],                     'group', 409],
      ['that another rule still closes',                   'any', [only, { who: 'other group' }],                     'group', 204],
      ['that another rule still closes to others than her', 'any', [user, { who: 'other group' }],                    'user',  204],
      ['that is for all but one person',                   'any', [{ who: 'user', negate: true }],                    'user',  204],
      ['whose rule about it is switched off',              'any', [{ who: 'group', enabled: false }],                 'group', 204],
    ])('is opened by no deletion: one %s (%s)', async (_, policy_engine_mode, rules, gone, status) => {
      const unique = crypto.randomUUID();
      const target = await create('/core/applications/', { name: unique, slug: unique, policy_engine_mode });
      const subjects = {
        user: await create('/core/users/', { username: unique, name: '' }),
        group: await create('/core/groups/', { name: unique }),
        'other group': await create('/core/groups/', { name: `other ${unique}` }),
      };
      for (const { who, negate = false, enabled = true } of rules) {
        const subject = who === 'user' ? { user: subjects.user } : { group: subjects[who] };
        await create('/policies/bindings/', { target, order: 0, negate, enabled, ...subject });
      }
      const answer = await gatelodge.api('DELETE', `/core/${gone}s/${subjects[gone]}/`);
      expect(answer.status).toBe(status);
      if (status === 409) expect(JSON.stringify(answer.body)).toContain(unique);
    });
  });

  describe('the last administrator', () => {
    it.each([
      ['be deleted', 'DELETE', () => `/core/users/${administrator}/`, undefined],
      ['be deactivated', 'PATCH', () => `/core/users/${administrator}/`, { is_active: false }],
      [
        'become a service account',
        'PATCH',
        () => `/core/users/${administrator}/`,
        { type: 'service_account' },
      ],
      ['lose the group', 'PATCH', () => `/core/users/${administrator}/`, { groups: [] }],
      ['be removed from the group', 'POST', () => `/core/groups/${admins}/remove_user/`, { pk: 0 }],
      ['be left out of its members', 'PATCH', () => `/core/groups/${admins}/`, { users: [] }],
      [
        'lose it to a demotion of the group',
        'PATCH',
        () => `/core/groups/${admins}/`,
        { is_superuser: false },
      ],
      ['lose it to its deletion', 'DELETE', () => `/core/groups/${admins}/`, undefined],
    ])('cannot %s', async (_, method, path, body) => {
      const sent = body && 'pk' in body ? { pk: administrator } : body;
      expect((await gatelodge.api(method, path(), sent)).status).toBe(409);
      expect(await gatelodge.api('GET', '/core/users/me/')).toMatchObject({
        body: { user: { is_superuser: true } },
      });
    });
  });
});
