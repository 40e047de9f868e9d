// Security.md, "Administration and data": unknown fields are refused, and nobody gains rights by a write; over every
// operation of the API, as its OpenAPI document has them, so that a new one cannot be forgotten.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../support/backends.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: unknown;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: JsonSchema;
}

interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: JsonSchema } };
  };
}

interface Write extends Described {
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

/** What attackers have tried to set elsewhere. */
const EXTRA = {
  id: 1,
  pk: 1,
  uid: 'x',
  uuid: 'x',
  is_superuser: true,
  isSuperuser: true,
  password_hash: 'x',
  passwordHash: 'x',
  key_hash: 'x',
  user_id: 1,
  created_at: 'x',
  last_login: 'x',
  managed: 'x',
};

/** Free-form on purpose: what administrators note about people and groups, claims, and what a browser says of a passkey. */
const FREE = new Set(['attributes', 'settings', 'claims', 'expression', 'jwks', 'fixed_data', 'context']);

/** An ordinary user may write these, to what is theirs; each refuses what is not in its own suite. */
const OWN = [
  /^\/api\/v3\/core\/tokens\//,
  /^\/api\/v3\/core\/authenticated_sessions\//,
  /^\/api\/v3\/core\/users\/me\//,
  /^\/api\/v3\/core\/user_consent\//,
  /^\/api\/v3\/oauth2\//,
  /^\/api\/v3\/authenticators\/(?!admin\/)/,
];

describe('every operation of the API that writes', () => {
  let gatelodge: Gatelodge;
  let schemas: Readonly<Record<string, JsonSchema>>;
  let writes: readonly Write[];
  let malloryKey: string;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    const answer = await fetch(`${gatelodge.origin}/api/v3/schema/?format=json`);
    const document = (await answer.json()) as {
      paths: Record<string, Record<string, Described>>;
      components: { schemas: Record<string, JsonSchema> };
    };
    schemas = document.components.schemas;
    writes = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([method]) => method !== 'get')
        .map(([method, described]) => ({
          ...described,
          method: method.toUpperCase(),
          path: sampleOf(path, described),
          name: `${method.toUpperCase()} ${path}`,
        })),
    );
    const { body } = await gatelodge.api<{ pk: number }>('POST', '/core/users/', {
      username: 'mallory',
      name: '',
    });
    await gatelodge.api('POST', '/core/tokens/', { identifier: 'mallory', user: body.pk });
    const shown = await gatelodge.api<{ key: string }>('GET', '/core/tokens/mallory/view_key/');
    malloryKey = shown.body.key;
  });
  afterAll(() => gatelodge?.stop());

  const send = (write: Write, key: string, body: unknown) =>
    fetch(gatelodge.origin + write.path, {
      method: write.method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(write.method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
    });

  const bodyOf = ({ requestBody }: Write) => requestBody?.content['application/json'].schema;
  const resolve = (schema: JsonSchema): JsonSchema =>
    schema.$ref ? resolve(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}) : schema;

  /** Paths inside a body at which anything at all may be written. */
  function looseIn(schema: JsonSchema, at = ''): string[] {
    const { properties, additionalProperties, items, anyOf = [], oneOf = [], type } = resolve(schema);
    const inside = [
      ...Object.entries(properties ?? {}).flatMap(([name, one]) =>
        FREE.has(name) ? [] : looseIn(one, `${at}.${name}`),
      ),
      ...(items ? looseIn(items, `${at}[]`) : []),
      ...[...anyOf, ...oneOf].flatMap((one) => looseIn(one, at)),
    ];
    return type === 'object' && additionalProperties !== false ? [at, ...inside] : inside;
  }

  it('takes no field that its declaration does not name, at any depth', () => {
    expect(writes.length).toBeGreaterThan(40);
    const loose = writes.flatMap((write) => {
      const schema = bodyOf(write);
      return schema ? looseIn(schema).map((at) => `${write.name} ${at}`) : [];
    });
    expect(loose).toEqual([]);
  });

  it('refuses fields that would give rights, and names them', async () => {
    for (const write of writes) {
      const schema = bodyOf(write);
      if (!schema) continue;
      const { properties: declared = {}, anyOf, oneOf } = resolve(schema);
      const extra = Object.fromEntries(Object.entries(EXTRA).filter(([name]) => !(name in declared)));
      const answer = await send(write, API_TOKEN, extra);
      expect([write.name, answer.status]).toEqual([write.name, 400]);
      // Of several forms that a body may have, none is meant: there is nobody to name the fields.
      if (anyOf ?? oneOf) continue;
      const faults = (await answer.json()) as Record<string, unknown>;
      expect([write.name, Object.keys(extra).filter((name) => !(name in faults))]).toEqual([write.name, []]);
    }
  });

  it('is refused to somebody who is no administrator, unless it concerns what is theirs', async () => {
    const rest = writes.filter(({ path }) => !OWN.some((own) => own.test(path)));
    expect(rest.length).toBeGreaterThan(30);
    for (const write of rest) {
      const answer = await send(write, malloryKey, {});
      expect([write.name, answer.status]).toEqual([write.name, 403]);
    }
  });

  it('is refused to nobody at all', async () => {
    for (const write of writes) {
      const answer = await send(write, 'a-key-that-nobody-has', {});
      expect([write.name, answer.status]).toEqual([write.name, 403]);
    }
  });
});

/** A path whose parameters have the form that they must have, and name nothing. */
function sampleOf(path: string, { parameters = [] }: Described): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const { schema } = parameters.find((one) => one.in === 'path' && one.name === name) ?? {};
    if (schema?.type === 'integer' || schema?.type === 'number') return '999999';
    return schema?.format === 'uuid' ? '00000000-0000-4000-8000-000000000000' : 'nothing';
  });
}
