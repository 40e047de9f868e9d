// What the API shows of a thing may be written back, as tools do that keep a description of everything (Terraform's
// provider sends all fields that it knows, changed or not): nothing is refused, and nothing changes.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

type Fields = Record<string, unknown>;

interface Schema {
  readonly $ref?: string;
  readonly properties?: Fields;
}

interface Document {
  readonly paths: Record<
    string,
    { put?: { requestBody: { content: { 'application/json': { schema: Schema } } } } }
  >;
  readonly components: { schemas: Record<string, Schema> };
}

/** Resources whose rows are made from these fields, with the field that names a row in its address. */
const RESOURCES: readonly (readonly [path: string, key: string, fields: Fields])[] = [
  ['core/users', 'pk', { username: 'ada', name: 'Ada', email: 'ada@home.test', attributes: { a: 1 } }],
  ['core/groups', 'pk', { name: 'family', attributes: { quota: [1, 2] } }],
  [
    'core/applications',
    'slug',
    { name: 'Wiki', slug: 'wiki', group: 'Home', meta_launch_url: 'https://w.test/' },
  ],
  ['core/tokens', 'identifier', { identifier: 'backup', intent: 'api', description: 'nightly' }],
  [
    'providers/oauth2',
    'pk',
    { name: 'wiki', redirect_uris: [{ matching_mode: 'strict', url: 'https://w.test/cb' }] },
  ],
  ['providers/proxy', 'pk', { name: 'films', external_host: 'https://films.test', mode: 'forward_single' }],
  [
    'propertymappings/provider/scope',
    'pk',
    { name: 'quota', scope_name: 'quota', claims: { quota: { constant: 5 } } },
  ],
  [
    'stages/invitation/invitations',
    'pk',
    { name: 'guests', fixed_data: { username: 'guest' }, single_use: true },
  ],
];

/** Of a mapping: its claims as authentik would write them. Written alone, they become what it says. */
const OTHER_FORM = 'expression';

describe('what the API shows', () => {
  let gatelodge: Gatelodge;
  let document: Document;
  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    document = (await gatelodge.api<Document>('GET', '/schema/?format=json')).body;
  });
  afterAll(() => gatelodge?.stop());

  /** Names of what a PUT takes. */
  function writable(path: string): Set<string> {
    const rows = new RegExp(`^/api/v3/${path}/\\{\\w+\\}/$`);
    const [, operations] = Object.entries(document.paths).find(([name]) => rows.test(name)) ?? [];
    const schema = operations?.put?.requestBody.content['application/json'].schema;
    const named = document.components.schemas[schema?.$ref?.split('/').at(-1) ?? ''] ?? schema;
    return new Set(Object.keys(named?.properties ?? {}));
  }

  const lasting = ({ last_updated: _at, ...shown }: Fields) => shown;

  it.each(RESOURCES)('may be written back: %s', async (path, key, fields) => {
    const made = await gatelodge.api<Fields>('POST', `/${path}/`, fields);
    expect(made).toMatchObject({ status: 201 });
    const address = `/${path}/${made.body[key]}/`;
    const { body: shown } = await gatelodge.api<Fields>('GET', address);
    const names = writable(path);
    expect(names.size).toBeGreaterThan(1);
    const written = Object.fromEntries(Object.entries(shown).filter(([name]) => names.has(name)));
    for (const method of ['PUT', 'PATCH']) {
      const answer = await gatelodge.api<Fields>(method, address, written);
      expect({ method, ...answer, body: lasting(answer.body) }).toEqual({
        method,
        status: 200,
        body: lasting(shown),
      });
    }
    for (const [name, value] of Object.entries(written)) {
      if (name === OTHER_FORM) continue;
      const answer = await gatelodge.api<Fields>('PATCH', address, { [name]: value });
      expect([name, answer.status, lasting(answer.body)]).toEqual([name, 200, lasting(shown)]);
    }
  });
});
