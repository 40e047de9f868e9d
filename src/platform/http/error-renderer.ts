// The one place where what was thrown becomes an answer: a page for people, JSON for programs, a bare line for the rest.
// A Problem says itself what the reader may know; anything else is a bug and tells nothing but the request id.
import type { Middleware } from 'koa';
import { isDiskFull, isUnreachable } from '../database/database-error.ts';
import {
  InvalidInput,
  NotFound,
  NotRecentlySignedIn,
  NotSignedIn,
  Problem,
  Unavailable,
} from '../problem/problem.ts';
import { page } from '../view/page.ts';
import { type Pen, writeAnswer } from './answer.ts';
import type { Context, RequestState } from './context.ts';
import { translateFields } from './input.ts';
import { seeOther } from './route.ts';
import { isReading, signInUrl } from './sign-in-url.ts';

const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** What the reader is told, whatever form it takes. */
interface Told {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** Answers whatever is thrown below it, and requests that nothing below it has answered (404). */
export function errorRenderer(pen: Pen): Middleware<RequestState> {
  return async (ctx, next) => {
    try {
      await next();
      if (isUnanswered(ctx)) throw new NotFound(ctx.state.t('problem.notFound'));
    } catch (thrown) {
      const error = translated(ctx, thrown);
      record(ctx, error);
      if (ctx.headerSent || !ctx.writable) ctx.res.destroy();
      else answerError(ctx, error, pen);
    }
  };
}

/** A page that explains an error may itself be broken; then a line must do. */
function answerError(ctx: Context, error: unknown, pen: Pen): void {
  try {
    renderError(ctx, error, pen);
  } catch (broken) {
    record(ctx, broken);
    ctx.status = 500;
    ctx.body = `${ctx.state.t('problem.bug')}\n`;
  }
}

/** A store that does not answer, or has no room, is no bug: the same request may succeed later. */
function translated(ctx: Context, thrown: unknown): unknown {
  const { t, log } = ctx.state;
  if (isDiskFull(thrown)) {
    log.error({ err: thrown }, 'the disk is full: nothing can be written until there is room again');
    return new Unavailable(t('problem.diskFull'), { cause: thrown });
  }
  return isUnreachable(thrown) ? new Unavailable(t('problem.unavailable'), { cause: thrown }) : thrown;
}

function isUnanswered(ctx: Context): boolean {
  return ctx.respond !== false && ctx.status === 404 && ctx.body === undefined && !ctx.headerSent;
}

function record(ctx: Context, error: unknown): void {
  const request = { method: ctx.method, path: ctx.path };
  if (error instanceof Problem)
    ctx.state.log.info({ ...request, problem: error.code, err: error.cause }, error.message);
  else ctx.state.log.error({ ...request, err: error }, 'request failed');
}

function renderError(ctx: Context, error: unknown, pen: Pen): void {
  const told = tell(ctx, error);
  ctx.set('Cache-Control', 'no-store');
  ctx.remove('ETag');
  ctx.status = told.status;
  if (told.status === 429 || told.status === 503) ctx.set('Retry-After', String(retryAfterOf(error)));

  if (ctx.path.startsWith('/api/')) ctx.body = apiBody(ctx, error, told);
  else if (mustSignIn(error) && isReading(ctx)) writeAnswer(ctx, seeOther(signInUrl(ctx, error)), pen);
  else if (ctx.get('Accept').includes('text/html')) writePage(ctx, error, told, pen);
  else if (ctx.accepts('text', 'json') === 'json') ctx.body = { error: told.code, detail: told.message };
  else ctx.body = `${told.message}\n`;
}

function tell(ctx: Context, error: unknown): Told {
  const { t } = ctx.state;
  if (error instanceof InvalidInput) {
    const sentences = Object.values(translateFields(error.fields, t)).flat();
    return { code: error.code, status: error.status, message: sentences.join(' ') };
  }
  if (error instanceof Problem) {
    // authentik answers 403 in its API where HTTP would have 401; its clients know nothing else (contract §5).
    const status = error instanceof NotSignedIn && ctx.path.startsWith('/api/') ? 403 : error.status;
    return { code: error.code, status, message: error.message };
  }
  if (isRefusalOfKoa(error)) return { code: 'invalid_input', status: 400, message: t('problem.badRequest') };
  return { code: 'bug', status: 500, message: t('problem.bug') };
}

/** The http-errors of Koa and its router, for example for a path that cannot be decoded. */
function isRefusalOfKoa(error: unknown): boolean {
  return (
    error instanceof Error &&
    'expose' in error &&
    error.expose === true &&
    'status' in error &&
    error.status === 400
  );
}

/** As Django REST framework has it: messages by field, or one `detail`. */
function apiBody(ctx: Context, error: unknown, told: Told): unknown {
  if (error instanceof InvalidInput) return translateFields(error.fields, ctx.state.t);
  return { detail: told.message, code: told.code };
}

function writePage(ctx: Context, error: unknown, { code, status, message }: Told, pen: Pen): void {
  const { t, requestId } = ctx.state;
  const heading = t(`problem.heading.${code}`);
  const data = {
    heading,
    message,
    advice: t(`problem.advice.${code}`),
    action: mustSignIn(error)
      ? { href: signInUrl(ctx, error), label: t('problem.signIn') }
      : { href: '/', label: t('problem.home') },
    reference: t('problem.reference', { id: requestId }),
  };
  writeAnswer(ctx, page('problem/problem', heading, data, status), pen);
}

function mustSignIn(error: unknown): error is NotSignedIn | NotRecentlySignedIn {
  return error instanceof NotSignedIn || error instanceof NotRecentlySignedIn;
}

function retryAfterOf(error: unknown): number {
  return (error instanceof Problem ? error.retryAfterSeconds : undefined) ?? DEFAULT_RETRY_AFTER_SECONDS;
}
