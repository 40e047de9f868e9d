// Lets oidc-provider answer a request. It gets a request of its own, made from ours: at the origin that we have
// established (it must not judge X-Forwarded-* a second time), and with a body that may have been read already.
import { IncomingMessage } from 'node:http';
import type Provider from 'oidc-provider';
import type { Context } from '../../platform/http/context.ts';
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
  await provider.callback()(request, ctx.res);
  ctx.respond = call.fault !== undefined;
  return call.fault;
}

function copyOf(ctx: Context, url: string, form: URLSearchParams | undefined): IncomingMessage {
  const origin = new URL(ctx.state.origin);
  const body = form?.toString() ?? '';
  const copy = new IncomingMessage(ctx.req.socket);
  copy.method = ctx.method;
  copy.url = url;
  copy.headers = {
    ...ctx.req.headers,
    host: origin.host,
    'x-forwarded-host': origin.host,
    'x-forwarded-proto': origin.protocol.slice(0, -1),
    'content-length': String(Buffer.byteLength(body)),
  };
  delete copy.headers['transfer-encoding'];
  // Marked as complete, so that letting go of the copy does not close the connection that it borrows.
  copy.complete = true;
  copy.push(body);
  copy.push(null);
  return copy;
}
