// Mounts route tables: for each request guard, then protection from other sites, then input, then handler, then answer.
// The guard comes first, so that strangers learn nothing from what is wrong with their input.
import type { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { InvalidInput } from '../problem/problem.ts';
import { validate } from '../problem/validate.ts';
import { type Page, withStatus } from '../view/page.ts';
import { type Pen, writeAnswer } from './answer.ts';
import type { Context, RequestState } from './context.ts';
import { CSRF_FIELD, type Csrf, StaleForm } from './csrf.ts';
import { mergeInput, readBody, translateFields, withoutSecrets } from './input.ts';
import type { Route } from './route.ts';
import { waitingForm } from './waiting-form.ts';

/** Adds every route to the router; HEAD is answered as GET without its body. */
export function mount(router: Router<RequestState>, routes: readonly Route[], pen: Pen): void {
  for (const route of routes) {
    const methods = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
    router.register(route.path, methods, serve(route, pen));
  }
}

function serve(route: Route, pen: Pen): Middleware<RequestState> {
  return async (ctx) => {
    const waiting = await admit(ctx, route);
    if (waiting) return writeAnswer(ctx, waiting, pen);
    const body = await readBodyOf(ctx, route);
    const given = mergeInput(ctx, body);
    try {
      protect(ctx, route, pen.csrf, body);
      const input = validate(route.input, given);
      writeAnswer(ctx, await route.handler(ctx, input as never), pen);
    } catch (error) {
      const problem = problemOf(error);
      if (!problem || !route.again) throw error;
      await showAgain(ctx, route.again, problem, given, pen);
    }
  };
}

/** Throws the guard's refusal, or gives the page that keeps the form until its sender has proved who they are. */
async function admit(ctx: Context, route: Route): Promise<Page | undefined> {
  try {
    route.guard.check(ctx);
    return undefined;
  } catch (refusal) {
    const waiting = await waitingForm(ctx, route, refusal);
    if (!waiting) throw refusal;
    return waiting;
  }
}

/** What a form can be shown again for: wrong input, or a token from before (another tab has signed in or out since). */
function problemOf(error: unknown): InvalidInput | undefined {
  if (error instanceof StaleForm)
    return new InvalidInput({ non_field_errors: [error.message] }, { cause: error });
  return error instanceof InvalidInput ? error : undefined;
}

async function readBodyOf(ctx: Context, { method, protection }: Route): Promise<Record<string, unknown>> {
  return method === 'GET' || protection === 'protocol' ? {} : readBody(ctx);
}

/** Makes sure that no other site has sent what may change something. */
function protect(
  ctx: Context,
  { method, protection }: Route,
  csrf: Csrf,
  body: Record<string, unknown>,
): void {
  if (method === 'GET' || protection === 'protocol') return;
  const carriesCredentials = protection === 'credentials' && ctx.state.viewer?.via !== 'session';
  if (!carriesCredentials) csrf.verify(ctx, body[CSRF_FIELD]);
}

async function showAgain(
  ctx: Context,
  again: NonNullable<Route['again']>,
  problem: InvalidInput,
  given: Record<string, unknown>,
  pen: Pen,
): Promise<void> {
  const typed = withoutSecrets(given);
  const answer = await again(ctx, problem, typed);
  const attempt = { problem: translateFields(problem.fields, ctx.state.t), typed };
  const shown = answer.kind === 'page' ? withStatus(answer, problem.status) : answer;
  writeAnswer(ctx, shown, pen, attempt);
}
