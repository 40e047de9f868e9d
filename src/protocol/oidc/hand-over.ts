// Lets oidc-provider answer a request. It gets a request of its own, made from ours: at the origin that we have
// established (it must not judge X-Forwarded-* a second time), and with a body that may have been read already.
import { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { Context } from '../../platform/http/context.ts';
import type { Rendered } from '../../platform/http/route.ts';
import { beginCall, type Fault } from './call.ts';

export interface HandedOver {
  /** Path and query. */
  readonly url: string;
  /** The form, for a POST. */
  readonly form?: URLSearchParams | undefined;
  /** The user whose app password came with the request. */
  readonly actsFor?: number | undefined;
}

/** Resolves when oidc-provider has answered, or with the fault that a person must be told of instead. */
export async function handOver(
  ctx: Context,
  provider: Provider,
  { url, form, actsFor }: HandedOver,
): Promise<Fault | undefined> {
  const request = copyOf(ctx, url, form);
  const call = beginCall(request, ctx.state, actsFor);
  // oidc-provider is a Koa application of its own: it writes the answer, or leaves a fault.
  await answerOf(provider)(request, ctx.res);
  ctx.respond = call.fault !== undefined;
  return call.fault;
}

/** What oidc-provider answers, without sending it. */
export async function renderFor(
  ctx: Context,
  provider: Provider,
  { url, form, actsFor }: HandedOver,
): Promise<Rendered> {
  const request = copyOf(ctx, url, form);
  beginCall(request, ctx.state, actsFor);
  return render(provider, request);
}

/** What oidc-provider answers to that very request, without sending it. */
export async function render(provider: Provider, request: IncomingMessage): Promise<Rendered> {
  const response = new ServerResponse(request);
  let body = '';
  // Koa answers with one piece; there is nobody to send it to.
  Object.assign(response, { end: (piece = '') => (body = String(piece)) });
  await answerOf(provider)(request, response);
  const headers = response.getHeaders() as Rendered['headers'];
  return { kind: 'rendered', status: response.statusCode, headers, body };
}

const answers = new WeakMap<Provider, ReturnType<Provider['callback']>>();

/** Koa puts its middleware together anew at every `callback()`. */
function answerOf(provider: Provider): ReturnType<Provider['callback']> {
  const answer = answers.get(provider) ?? provider.callback();
  answers.set(provider, answer);
  return answer;
}

/** Headers of a request that was sent to that origin. */
export function forwardedFrom(origin: string): Record<string, string> {
  const [protocol = '', host = ''] = origin.split('://');
  return { host, 'x-forwarded-host': host, 'x-forwarded-proto': protocol };
}

function copyOf(ctx: Context, url: string, form: URLSearchParams | undefined): IncomingMessage {
  const body = form?.toString() ?? '';
  const copy = new IncomingMessage(ctx.req.socket);
  copy.method = ctx.method;
  copy.url = url;
  copy.headers = {
    ...ctx.req.headers,
    ...forwardedFrom(ctx.state.origin),
    'content-length': String(Buffer.byteLength(body)),
  };
  delete copy.headers['transfer-encoding'];
  // Marked as complete, so that letting go of the copy does not close the connection that it borrows.
  copy.complete = true;
  copy.push(body);
  copy.push(null);
  return copy;
}
