// The OpenAPI 3.1 document, made from the declarations that also validate, so that it cannot say anything else.
import { z } from 'zod';
import { anyone } from '../http/guard.ts';
import { API_ROOT, type Operation } from './operation.ts';

type JsonSchema = Record<string, unknown>;

interface About {
  readonly version: string;
  /** Browser-visible origin of this installation. */
  readonly origin: string;
}

/** Describes the operations; schemas with a title are named components, the others stand where they are used. */
export function openApiDocument(operations: readonly Operation[], { version, origin }: About): JsonSchema {
  const components = new Components();
  const paths: Record<string, JsonSchema> = {};
  for (const declared of operations) {
    const path = API_ROOT + declared.path;
    paths[path] = { ...paths[path], [declared.method.toLowerCase()]: describe(declared, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatelodge',
      version,
      description: 'Shaped as the API of authentik, so that its clients fit.',
    },
    servers: [{ url: origin }],
    paths,
    components: { schemas: components.schemas, securitySchemes, responses },
  };
}

const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', description: 'The key of a token with the intent `api`.' },
};

const responses = {
  InvalidInput: jsonContent('Sentences by field.', {
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
  }),
  Refused: jsonContent('No credentials, or not allowed.', {
    type: 'object',
    properties: { detail: { type: 'string' }, code: { type: 'string' } },
    required: ['detail'],
  }),
};

function describe({ id, path, summary, guard, ...declared }: Operation, components: Components): JsonSchema {
  const { parameters, query, body, answer, status } = declared;
  return {
    operationId: id,
    summary,
    tags: [path.split('/')[0]],
    ...(guard !== anyone && { security: [{ token: [] }] }),
    parameters: [
      ...parametersIn('path', parameters, components),
      ...parametersIn('query', query, components),
    ],
    ...(body && { requestBody: { required: true, ...jsonContent(undefined, components.of(body, 'input')) } }),
    responses: {
      [status]: answer ? jsonContent('Done.', components.of(answer, 'output')) : { description: 'Done.' },
      400: { $ref: '#/components/responses/InvalidInput' },
      403: { $ref: '#/components/responses/Refused' },
    },
  };
}

function parametersIn(place: 'path' | 'query', fields: z.ZodObject, components: Components): JsonSchema[] {
  return Object.entries(fields.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: components.of(field, 'input'),
  }));
}

function jsonContent(description: string | undefined, schema: JsonSchema): JsonSchema {
  return { ...(description && { description }), content: { 'application/json': { schema } } };
}

/** Collects the named schemas as they are met. */
class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The schema of what is sent (`input`) or answered (`output`): in full, or by reference if it has a title. */
  of(schema: z.ZodType | z.core.$ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _, ...described } = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override: dates,
    });
    return this.#named(described);
  }

  #named(described: unknown): JsonSchema {
    const parts = Object.entries(Object(described)).map(([name, part]) => [name, this.#withNames(part)]);
    const inFull: JsonSchema = Object.fromEntries(parts);
    if (typeof inFull.title !== 'string') return inFull;
    this.schemas[inFull.title] = inFull;
    return { $ref: `#/components/schemas/${inFull.title}` };
  }

  #withNames(part: unknown): unknown {
    if (Array.isArray(part)) return part.map((item) => this.#withNames(item));
    return typeof part === 'object' && part !== null ? this.#named(part) : part;
  }
}

/** JSON has no dates; ours are sent as ISO 8601 texts. */
function dates({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}) {
  if (zodSchema._zod.def.type !== 'date') return;
  jsonSchema.type = 'string';
  jsonSchema.format = 'date-time';
}
