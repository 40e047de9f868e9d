// A REST resource, declared once: its shape, the fields that may be written, and functions. It becomes the operations
// list, create, retrieve, update (PUT), partial update (PATCH) and destroy, in authentik's form.
import { z } from 'zod';
import type { Guard } from '../http/guard.ts';
import type { Method } from '../http/route.ts';
import { superuser } from './credentials.ts';
import { listQuery, type OrderBy, orderOf, pageOf, paginated, type Slice, sliceOf } from './listing.ts';
import { type Call, NOTHING, type Operation } from './operation.ts';

/** A list that is asked for. */
export interface ListCall<Filters, Column extends string> extends Call<unknown, Filters>, Slice {
  readonly search: string;
  /** Undefined: in the resource's usual order. */
  readonly orderBy: OrderBy<Column> | undefined;
}

interface ResourceDeclaration<
  Key extends z.ZodObject,
  Shape extends z.ZodObject,
  Fields extends z.ZodObject,
  Filters extends z.ZodObject,
  Column extends string,
> {
  /** Below /api/v3/, for example `core/groups`. */
  readonly path: string;
  /** Name of the shape in the OpenAPI document, for example `Group`. */
  readonly name: string;
  /** The one parameter that names a row, for example `z.object({ group_uuid: z.uuid() })`. */
  readonly key: Key;
  /** What a row looks like; what it does not name is never sent. */
  readonly shape: Shape;
  /** What may be written: a strict object, so that other fields are refused. PATCH makes every field optional. */
  readonly fields: Fields;
  readonly filters?: Filters | undefined;
  /** Names that `ordering` may use, with the columns that they stand for. */
  readonly ordering?: Readonly<Record<string, Column>> | undefined;
  /** Who may read and who may write; superusers only unless given. */
  readonly guards?: { readonly read: Guard; readonly write: Guard };

  readonly list?: (
    call: ListCall<z.output<Filters>, Column>,
  ) => Promise<{ readonly count: number; readonly results: readonly z.input<Shape>[] }>;
  readonly get?: (call: Call<z.output<Key>>) => Promise<z.input<Shape>>;
  readonly create?: (call: Call<unknown, unknown, z.output<Fields>>) => Promise<z.input<Shape>>;
  readonly update?: (
    call: Call<z.output<Key>, unknown, Partial<z.output<Fields>>>,
  ) => Promise<z.input<Shape>>;
  readonly delete?: (call: Call<z.output<Key>>) => Promise<void>;
}

const NO_FILTERS = z.object({});

/**
 * Declares a resource; operations whose function is missing do not exist.
 *
 *     export function groupApi({ db, changes }: Needs): Operation[] {
 *       return resource({
 *         path: 'core/groups',
 *         name: 'Group',
 *         key: z.object({ group_uuid: z.uuid() }),
 *         shape: z.object({ pk: z.uuid(), name: z.string() }),
 *         fields: z.strictObject({ name: groupName }),
 *         filters: z.object({ name: z.string().optional() }),
 *         ordering: { name: 'name' },
 *         list: ({ query, orderBy, skip, take }) => listGroups(db, { where: query, orderBy, skip, take }),
 *         get: ({ parameters }) => getGroup(db, parameters.group_uuid).then(present),
 *         create: ({ body }) => createGroup(db, changes, body).then(present),
 *         update: ({ parameters, body }) => updateGroup(db, changes, parameters.group_uuid, body).then(present),
 *         delete: ({ parameters }) => deleteGroup(db, changes, parameters.group_uuid),
 *       });
 *     }
 */
export function resource<
  Key extends z.ZodObject,
  Shape extends z.ZodObject,
  Fields extends z.ZodObject,
  Filters extends z.ZodObject = typeof NO_FILTERS,
  const Column extends string = never,
>(declaration: ResourceDeclaration<Key, Shape, Fields, Filters, Column>): Operation[] {
  const { path, name, key, guards = { read: superuser, write: superuser } } = declaration;
  const { list, get, create, update, delete: destroy, filters = NO_FILTERS } = declaration;
  const { read, write } = guards;
  const shape = declaration.shape.meta({ title: name });
  const fields = declaration.fields.meta({ title: `${name}Request` });
  const someFields = declaration.fields.partial().meta({ title: `Patched${name}Request` });
  const page = pageOf(shape).meta({ title: `Paginated${name}List` });
  const all = { path: `${path}/`, parameters: NOTHING, query: NOTHING };
  const one = { path: `${path}/{${Object.keys(key.shape).join()}}/`, parameters: key, query: NOTHING };
  const some = { ...all, query: listQuery.extend(filters.shape) };

  const lines: Line[] = [
    ['list', 'GET', some, read, undefined, page, list && listing(list as AnyList, declaration.ordering)],
    ['create', 'POST', all, write, fields, shape, create],
    ['retrieve', 'GET', one, read, undefined, shape, get],
    ['update', 'PUT', one, write, fields, shape, update],
    ['partial_update', 'PATCH', one, write, someFields, shape, update],
    ['destroy', 'DELETE', one, write, undefined, undefined, destroy],
  ];
  return lines.flatMap(([verb, method, place, guard, body, answer, handler]) => {
    if (!handler) return [];
    const id = `${path.replaceAll('/', '_')}_${verb}`;
    const summary = `${name}: ${verb.replace('_', ' ')}`;
    const status = { create: 201, destroy: 204 }[verb] ?? 200;
    return [{ id, method, ...place, summary, guard, body, answer, status, handler }];
  });
}

type Line = [
  verb: string,
  method: Method,
  place: Pick<Operation, 'path' | 'parameters' | 'query'>,
  guard: Guard,
  body: z.ZodType | undefined,
  answer: z.ZodType | undefined,
  handler: Operation['handler'] | undefined,
];

type AnyList = (call: ListCall<unknown, string>) => Promise<{ count: number; results: unknown[] }>;

/** Asks for the rows of the page that the query names, and puts them into the envelope. */
function listing(list: AnyList, ordering: Readonly<Record<string, string>> = {}) {
  return async ({ ctx, query }: Call<unknown, z.output<typeof listQuery>>) => {
    const slice = sliceOf(query);
    const search = query.search.trim();
    const orderBy = orderOf(query.ordering, ordering);
    const call = { ctx, query, parameters: {}, body: {}, search, orderBy, ...slice };
    const { count, results } = await list(call);
    return paginated(results, count, query.page, slice);
  };
}
