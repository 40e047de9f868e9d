// Writes what a handler returned: a page, a redirect, JSON, or what is ready.
import type { FieldSentences } from '../problem/problem.ts';
import type { Page } from '../view/page.ts';
import type { Frame, View } from '../view/view.ts';
import type { Context } from './context.ts';
import type { Csrf } from './csrf.ts';
import { leaveNotice, takeNotice } from './notice.ts';
import type { Answer } from './route.ts';

export interface Pen {
  readonly view: View;
  readonly csrf: Csrf;
}

/** What the last attempt at a form typed and got wrong. */
export interface Attempt {
  readonly problem: FieldSentences | null;
  readonly typed: Readonly<Record<string, unknown>>;
}

const FIRST_ATTEMPT: Attempt = { problem: null, typed: {} };

/** Puts the answer into the response; `attempt` fills a form that is shown again. */
export function writeAnswer(ctx: Context, answer: Answer, pen: Pen, attempt = FIRST_ATTEMPT): void {
  switch (answer?.kind) {
    case 'page':
      writePage(ctx, answer, pen, attempt);
      return;
    case 'redirect':
      if (answer.notice !== undefined) leaveNotice(ctx, answer.notice);
      ctx.redirect(answer.to);
      ctx.status = 303;
      return;
    case 'json':
      // By hand: Koa would send a text as text, and takes `undefined` for no answer.
      ctx.body = answer.body === undefined ? null : JSON.stringify(answer.body);
      if (answer.body !== undefined) ctx.type = 'json';
      ctx.status = answer.status;
      return;
    case 'rendered':
      ctx.status = answer.status;
      ctx.set(answer.headers);
      ctx.body = answer.body;
      return;
  }
}

function writePage(ctx: Context, page: Page, { view, csrf }: Pen, attempt: Attempt): void {
  const { t, language, requestId, viewer } = ctx.state;
  let token: string | undefined;
  const frame: Frame = {
    t,
    language,
    requestId,
    path: ctx.path,
    viewer: viewer ?? null,
    csrf: () => {
      token ??= csrf.token(ctx);
      return token;
    },
    notice: takeNotice(ctx),
    ...attempt,
  };
  const html = view.render(page, frame);
  ctx.status = page.status ?? 200;
  ctx.type = 'html';
  ctx.body = html;
}
