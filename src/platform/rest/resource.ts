// A REST resource, declared once: its shape, the fields that may be written, and functions. It becomes the operations
// list, create, retrieve, update (PUT), partial update (PATCH) and destroy, in authentik's form.
import { z } from 'zod';
import type { Guard } from '../http/guard.ts';
import { superuser } from './credentials.ts';
import { listQuery, type OrderBy, orderOf, pageOf, paginated, type Slice, sliceOf } from './listing.ts';
import { type Call, type Operation, operation } from './operation.ts';

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
  const { list, get, create, update } = declaration;
  const answer = declaration.shape.meta({ title: name });
  const fields = declaration.fields.meta({ title: `${name}Request` });
  const someFields = declaration.fields.partial().meta({ title: `Patched${name}Request` });

  const id = path.replaceAll('/', '_');
  const reads = { guard: guards.read, answer };
  const writes = { guard: guards.write, answer };
  const all = { path: `${path}/` };
  const one = { path: `${path}/{${Object.keys(key.shape).join()}}/`, parameters: key };
  const say = (verb: string) => `${verb}: ${name}`;
  // The declaration has typed its functions against its schemas; each is now paired with the schemas it was typed by.
  const run = (handler: unknown) => handler as () => never;

  return [
    list &&
      operation({
        id: `${id}_list`,
        method: 'GET',
        summary: say('List'),
        ...reads,
        ...all,
        ...listing(declaration, answer),
      }),
    create &&
      operation({
        id: `${id}_create`,
        method: 'POST',
        summary: say('Create'),
        ...writes,
        ...all,
        body: fields,
        status: 201,
        handler: run(create),
      }),
    get &&
      operation({
        id: `${id}_retrieve`,
        method: 'GET',
        summary: say('Read'),
        ...reads,
        ...one,
        handler: run(get),
      }),
    update &&
      operation({
        id: `${id}_update`,
        method: 'PUT',
        summary: say('Replace'),
        ...writes,
        ...one,
        body: fields,
        handler: run(update),
      }),
    update &&
      operation({
        id: `${id}_partial_update`,
        method: 'PATCH',
        summary: say('Change'),
        ...writes,
        ...one,
        body: someFields,
        handler: run(update),
      }),
    declaration.delete &&
      operation({
        id: `${id}_destroy`,
        method: 'DELETE',
        summary: say('Delete'),
        guard: guards.write,
        ...one,
        handler: run(declaration.delete),
      }),
  ].filter((declared) => declared !== undefined);
}

/** What sets the list apart from the other operations. */
function listing<Shape extends z.ZodObject, Column extends string>(
  declaration: {
    readonly filters?: z.ZodObject | undefined;
    readonly ordering?: Readonly<Record<string, Column>> | undefined;
    readonly list?: unknown;
  },
  shape: Shape,
) {
  const { filters = NO_FILTERS, ordering = {}, list } = declaration;
  const ask = list as (
    call: ListCall<unknown, Column>,
  ) => Promise<{ count: number; results: z.input<Shape>[] }>;
  return {
    query: listQuery.extend(filters.shape),
    answer: pageOf(shape),
    handler: async ({ ctx, query }: Call<unknown, z.output<typeof listQuery>>) => {
      const slice = sliceOf(query);
      const search = query.search.trim();
      const orderBy = orderOf(query.ordering, ordering);
      const { count, results } = await ask({
        ctx,
        query,
        parameters: {},
        body: {},
        search,
        orderBy,
        ...slice,
      });
      return paginated(results, count, query.page, slice);
    },
  };
}
