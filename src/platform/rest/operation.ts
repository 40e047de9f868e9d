// One operation of the REST API: the same declaration makes its route, checks what it is sent, types its handler and
// describes it in the OpenAPI document. Only what the answer's schema names leaves the house.
import { z } from 'zod';
import type { Context } from '../http/context.ts';
import type { Guard } from '../http/guard.ts';
import { type Answer, json, type Method, type Route } from '../http/route.ts';
import { NotFound } from '../problem/problem.ts';
import { validate } from '../problem/validate.ts';

export const API_ROOT = '/api/v3/';

/** What a handler is given: path parameters, query and body, each checked by its schema. */
export interface Call<Parameters = unknown, Query = unknown, Body = unknown> {
  readonly ctx: Context;
  readonly parameters: Parameters;
  readonly query: Query;
  readonly body: Body;
}

export interface OperationDeclaration<
  Parameters extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Result extends z.ZodType,
> {
  /** As authentik names it, for example `core_users_set_password_create`. */
  readonly id: string;
  readonly method: Method;
  /** Below /api/v3/, with a trailing slash; parameters in braces: `core/users/{id}/set_password/`. */
  readonly path: string;
  readonly summary: string;
  readonly guard: Guard;
  readonly parameters?: Parameters;
  readonly query?: Query;
  readonly body?: Body;
  /** Without it the operation answers 204. */
  readonly answer?: Result;
  readonly status?: 200 | 201;
  readonly handler: (
    call: Call<z.output<Parameters>, z.output<Query>, z.output<Body>>,
  ) => z.input<Result> | Promise<z.input<Result>>;
}

/** A declared operation; its handler's types have done their work. */
export interface Operation {
  readonly id: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly guard: Guard;
  readonly parameters: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  readonly answer: z.ZodType | undefined;
  readonly status: number;
  readonly handler: (call: Call<never, never, never>) => unknown;
}

export const NOTHING = z.object({});

/**
 * Declares one operation:
 *
 *     operation({
 *       id: 'core_groups_add_user_create',
 *       method: 'POST',
 *       path: 'core/groups/{group_uuid}/add_user/',
 *       summary: 'Put a user in the group',
 *       guard: superuser,
 *       parameters: z.object({ group_uuid: z.uuid() }),
 *       body: z.strictObject({ pk: z.int32() }),
 *       handler: ({ parameters, body }) => addUser(db, changes, parameters.group_uuid, body.pk),
 *     })
 */
export function operation<
  Parameters extends z.ZodObject = typeof NOTHING,
  Query extends z.ZodObject = typeof NOTHING,
  Body extends z.ZodType = z.ZodUndefined,
  Result extends z.ZodType = z.ZodVoid,
>(declaration: OperationDeclaration<Parameters, Query, Body, Result>): Operation {
  const { parameters = NOTHING, query = NOTHING, body, answer, status, handler, ...rest } = declaration;
  return {
    ...rest,
    parameters,
    query,
    body,
    answer,
    status: answer ? (status ?? 200) : 204,
    handler: handler as Operation['handler'],
  };
}

/** The route that serves an operation. */
export function routeOf(declared: Operation): Route {
  return {
    method: declared.method,
    path: API_ROOT + declared.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    guard: declared.guard,
    // Query and body are checked apart, so that `?is_superuser=true` cannot add a field to a body.
    input: z.unknown(),
    protection: 'credentials',
    handler: (ctx) => serve(declared, ctx),
  };
}

async function serve(
  { parameters, query, body, answer, status, handler }: Operation,
  ctx: Context,
): Promise<Answer> {
  const result = await handler({
    ctx,
    parameters: pathParameters(ctx, parameters) as never,
    query: validate(query, ctx.query) as never,
    body: (body && validate(body, ctx.request.body ?? {})) as never,
  });
  return json(answer ? answer.parse(result) : null, status);
}

/** A key of the wrong form names nothing: 404, not 400. */
function pathParameters(ctx: Context, schema: z.ZodObject): unknown {
  const given: unknown = 'params' in ctx ? ctx.params : {};
  const result = schema.safeParse(given);
  if (!result.success) throw new NotFound(ctx.state.t('problem.notFound'));
  return result.data;
}
