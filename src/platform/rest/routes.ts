// Serves the declared operations under /api/v3/, and the document that describes them.
import { stringify } from 'yaml';
import { z } from 'zod';
import { anyone } from '../http/guard.ts';
import { get, json, type Route } from '../http/route.ts';
import { openApiDocument } from './open-api.ts';
import { API_ROOT, type Operation, routeOf } from './operation.ts';

interface Needs {
  readonly version: string;
}

const YAML = 'application/yaml';

/** A route for each operation; `schema/` answers JSON, or YAML to those who ask for it. */
export function restRoutes(operations: readonly Operation[], { version }: Needs): Route[] {
  const schema = get(`${API_ROOT}schema/`, anyone, z.object({}), (ctx) => {
    const document = openApiDocument(operations, { version, origin: ctx.state.origin });
    if (ctx.accepts('application/json', YAML, 'application/vnd.oai.openapi') !== YAML) return json(document);
    ctx.type = YAML;
    ctx.body = stringify(document, { aliasDuplicateObjects: false });
    return undefined;
  });
  return [schema, ...operations.toSorted(fixedFirst).map(routeOf)];
}

/** `core/users/me/` before `core/users/{id}/`, or `me` would be taken for an id: a brace sorts after every letter. */
function fixedFirst(a: Operation, b: Operation): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}
