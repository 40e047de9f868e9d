// The route line: method, path, guard, input, handler. A surface's routes are a table of these lines, so that a file
// opens with what is exposed and to whom; app.ts mounts the tables, and tests read them.
import type { z } from 'zod';
import type { InvalidInput } from '../problem/problem.ts';
import type { Page } from '../view/page.ts';
import type { Context } from './context.ts';
import type { Guard } from './guard.ts';

export interface Redirect {
  readonly kind: 'redirect';
  readonly to: string;
  /** Key of a text that the next page shows once, for example `application.created`. */
  readonly notice?: string;
}

export interface Json {
  readonly kind: 'json';
  readonly status: number;
  readonly body: unknown;
}

/** An answer that was made elsewhere, headers and all. */
export interface Rendered {
  readonly kind: 'rendered';
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

/** What a handler returns; `undefined` when it has written the answer itself (streams, oidc-provider). */
export type Answer = Page | Redirect | Json | Rendered | undefined;

/** 303: the browser goes on with a GET. */
export function seeOther(to: string, notice?: string): Redirect {
  return notice === undefined ? { kind: 'redirect', to } : { kind: 'redirect', to, notice };
}

export function json(body: unknown, status = 200): Json {
  return { kind: 'json', status, body };
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
type Handler<Input> = (ctx: Context, input: Input) => Answer | Promise<Answer>;

interface RouteOptions {
  /** Shows the form again after InvalidInput or with a stale token, with what was typed, or leads to where it is now;
   *  without it the error page answers. */
  readonly again?: (
    ctx: Context,
    problem: InvalidInput,
    typed: Readonly<Record<string, unknown>>,
  ) => Page | Redirect | Promise<Page | Redirect>;
  /** What protects a non-GET from other sites. `form` (default): origin check and token. `credentials`: the request
   *  carries its own (bearer token, client authentication), or the REST CSRF header. `protocol`: other sites are meant
   *  to send it, its own parameters protect it (OAuth), and the body is left unread for the handler. */
  readonly protection?: 'form' | 'credentials' | 'protocol';
}

/** One mounted route. `input` reads path parameters, query and body merged into one object. */
export interface Route extends RouteOptions {
  readonly method: Method;
  readonly path: string;
  readonly guard: Guard;
  readonly input: z.ZodType;
  readonly handler: Handler<never>;
}

function line(method: Method) {
  return <Schema extends z.ZodType>(
    path: string,
    guard: Guard,
    input: Schema,
    handler: Handler<z.output<Schema>>,
    options: RouteOptions = {},
  ): Route => ({ method, path, guard, input, handler: handler as Handler<never>, ...options });
}

export const get = line('GET');
export const post = line('POST');
export const put = line('PUT');
export const patch = line('PATCH');
export const del = line('DELETE');
export const options = line('OPTIONS');
