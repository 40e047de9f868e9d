// Mounts route tables: for each request guard, then protection from other sites, then input, then handler, then answer.
// The guard comes first, so that strangers learn nothing from what is wrong with their input.
import type { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { InvalidInput } from '../problem/problem.ts';
import { withStatus } from '../view/page.ts';
import { type Pen, writeAnswer } from './answer.ts';
import type { Context, RequestState } from './context.ts';
import type { Csrf } from './csrf.ts';
import { CSRF_FIELD } from './csrf.ts';
import { checkInput, mergeInput, readBody, translateFields, withoutSecrets } from './input.ts';
import type { Route } from './route.ts';

/** Adds every route to the router; HEAD is answered as GET without its body. */
export function mount(router: Router<RequestState>, routes: readonly Route[], pen: Pen): void {
  for (const route of routes) {
    const methods = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
    router.register(route.path, methods, serve(route, pen));
  }
}

function serve(route: Route, pen: Pen): Middleware<RequestState> {
  return async (ctx) => {
    route.guard.check(ctx);
    const body = await readProtected(ctx, route, pen.csrf);
    const given = mergeInput(ctx, body);
    try {
      const input = checkInput(route.input, given, ctx.state.t);
      writeAnswer(ctx, await route.handler(ctx, input as never), pen);
    } catch (error) {
      if (!(error instanceof InvalidInput) || !route.again) throw error;
      await showAgain(ctx, route.again, error, given, pen);
    }
  };
}

/** The body of a request that may change something, once it is sure that no other site sent it. */
async function readProtected(ctx: Context, route: Route, csrf: Csrf): Promise<Record<string, unknown>> {
  if (route.method === 'GET' || route.protection === 'protocol') return {};
  const body = await readBody(ctx);
  const carriesCredentials = route.protection === 'credentials' && ctx.state.viewer?.via !== 'session';
  if (!carriesCredentials) csrf.verify(ctx, body[CSRF_FIELD]);
  return body;
}

async function showAgain(
  ctx: Context,
  again: NonNullable<Route['again']>,
  problem: InvalidInput,
  given: Record<string, unknown>,
  pen: Pen,
): Promise<void> {
  const typed = withoutSecrets(given);
  const page = await again(ctx, problem, typed);
  const attempt = { problem: translateFields(problem.fields, ctx.state.t), typed };
  writeAnswer(ctx, withStatus(page, problem.status), pen, attempt);
}
