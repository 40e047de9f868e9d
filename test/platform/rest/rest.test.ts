// The form of the API, seen by a script: pages, filters, refusals, and the document that describes it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { EMBEDDED } from '../../support/backends.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

interface List {
  readonly pagination: Record<string, number>;
  readonly results: { readonly username: string }[];
}

describe('/api/v3/', () => {
  let gatelodge: Gatelodge;
  const usernames = async (query: string) => {
    const { body } = await gatelodge.api<List>('GET', `/core/users/?${query}`);
    return body.results.map(({ username }) => username);
  };
  const send = (path: string, init: RequestInit = {}) => fetch(`${gatelodge.origin}/api/v3${path}`, init);

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    for (const username of ['ada', 'bea', 'cora', 'dora']) {
      await gatelodge.api('POST', '/core/users/', {
        username,
        name: `${username} of the test`,
        path: 'people',
      });
    }
  });
  afterAll(() => gatelodge?.stop());

  describe('a list', () => {
    it('comes in pages, with 0 where there is no other page', async () => {
      const first = await gatelodge.api<List>('GET', '/core/users/?path=people&page_size=3');
      expect(first.body.pagination).toEqual({
        next: 2,
        previous: 0,
        count: 4,
        current: 1,
        total_pages: 2,
        start_index: 1,
        end_index: 3,
      });
      const second = await gatelodge.api<List>('GET', '/core/users/?path=people&page_size=3&page=2');
      expect(second.body.pagination).toMatchObject({ next: 0, previous: 1, start_index: 4, end_index: 4 });
      expect(second.body).toMatchObject({ autocomplete: {} });
    });

    it('is one empty page when nothing matches, and ends with 404 behind the last page', async () => {
      const none = await gatelodge.api<List>('GET', '/core/users/?username=nobody');
      expect(none.body.pagination).toMatchObject({ count: 0, total_pages: 1, start_index: 0, end_index: 0 });
      expect(await gatelodge.api('GET', '/core/users/?page=2')).toMatchObject({ status: 404 });
    });

    it('is ordered as asked, and by names that it does not know not at all', async () => {
      expect(await usernames('path=people&ordering=-username')).toEqual(['dora', 'cora', 'bea', 'ada']);
      expect(await usernames('path=people&ordering=password_hash')).toEqual(['ada', 'bea', 'cora', 'dora']);
    });

    it.each([
      ['username=ADA', ['ada']],
      ['path=people&search=OR', ['cora', 'dora']],
      ['is_superuser=true', ['akadmin']],
      ['path=people&is_superuser=false&is_active=true&page_size=1', ['ada']],
      ['groups_by_name=Gatelodge%20Admins', ['akadmin']],
      ['path_startswith=peo&search=bea', ['bea']],
      ['type=external', []],
    ])('is narrowed by %s', async (query, expected) => {
      expect(await usernames(query)).toEqual(expected);
    });

    it.each(['page=0', 'page=x', 'is_active=perhaps', 'search=%00', 'uuid=1'])(
      'refuses %s with 400',
      async (query) => {
        expect((await gatelodge.api('GET', `/core/users/?${query}`)).status).toBe(400);
      },
    );
  });

  describe('a refusal', () => {
    it('is 403 with a detail, without credentials and with wrong ones', async () => {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic YTpi' }]) {
        const answer = await send('/core/users/', { headers });
        expect(answer.status).toBe(403);
        expect(await answer.json()).toMatchObject({ detail: expect.any(String) });
      }
    });

    it('names the fields at fault', async () => {
      expect(await gatelodge.api('POST', '/core/users/', { name: 'No Name', email: 'x' })).toEqual({
        status: 400,
        body: { username: [expect.any(String)], email: [expect.any(String)] },
      });
    });

    it('says that a username, in any case, is taken', async () => {
      expect(await gatelodge.api('POST', '/core/users/', { username: 'ADA', name: '' })).toEqual({
        status: 400,
        body: { username: ['A user with that username already exists.'] },
      });
    });

    it.each([
      ['POST', '/core/users/', '{"username":'],
      ['POST', '/core/users/', '[]'],
      ['POST', '/core/users/', 'null'],
    ])('answers 400 to %s %s %s', async (method, path, body) => {
      const headers = { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' };
      expect((await send(path, { method, headers, body })).status).toBe(400);
    });

    it.each([
      '/core/users/999999/',
      '/core/users/x/',
      '/core/users/99999999999/',
      '/core/groups/x/',
      '/core/applications/%00/',
      '/core/nothing/',
    ])('is 404 for %s', async (path) => expect((await gatelodge.api('GET', path)).status).toBe(404));
  });

  describe('the schema', () => {
    it('describes every operation as OpenAPI 3.1, in JSON or YAML', async () => {
      const document = JSON.parse(await (await send('/schema/')).text());
      expect(document.openapi).toBe('3.1.0');
      expect(document.paths['/api/v3/core/users/{id}/set_password/'].post.operationId).toBe(
        'core_users_set_password_create',
      );
      expect(document.paths['/api/v3/core/users/'].get.parameters).toContainEqual(
        expect.objectContaining({
          name: 'is_active',
          in: 'query',
          schema: expect.objectContaining({ type: 'boolean' }),
        }),
      );
      expect(document.components.schemas.User.properties.date_joined).toEqual({
        type: 'string',
        format: 'date-time',
      });
      expect(document.components.schemas.PatchedUserRequest.required).toBeUndefined();

      const asYaml = await send('/schema/', { headers: { accept: 'application/yaml' } });
      expect(parse(await asYaml.text())).toEqual(document);
    });

    it('refers only to what it defines, and names every operation once', async () => {
      const document = JSON.parse(await (await send('/schema/')).text());
      const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g);
      for (const [, kind, name] of references)
        expect(document.components[kind ?? '']).toHaveProperty(name ?? '');
      const ids = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((path) =>
        Object.values(path).map(({ operationId }) => operationId),
      );
      expect(new Set(ids).size).toBe(ids.length);
    });
  });
});
