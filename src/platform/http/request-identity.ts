// The outermost middleware: gives each request its id, log, client address, origin and language. It cannot fail, so
// that whatever fails after it can be told apart in the log and answered in the reader's language.
import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import type { Texts } from '../view/texts.ts';
import type { RequestState } from './context.ts';
import { clientAddressOf, originOfRequest, trustedProxies } from './forwarded.ts';

interface Needs {
  readonly config: { readonly url?: string | undefined; readonly trustedProxies: readonly string[] };
  readonly log: Logger;
  readonly texts: Texts;
}

const SANE_ID = /^[\w.:-]{8,128}$/;

/** Fills RequestState except the viewer, and answers every request with its `X-Request-Id`. */
export function requestIdentity({ config, log, texts }: Needs): Middleware<RequestState> {
  const isTrusted = trustedProxies(config.trustedProxies);
  const originOf = originOfRequest(config.url, isTrusted);
  return (ctx, next) => {
    const peer = ctx.req.socket.remoteAddress;
    const { state } = ctx;
    state.requestId = requestIdOf(ctx.get('X-Request-Id'), isTrusted(peer));
    state.log = log.child({ requestId: state.requestId });
    state.clientAddress = clientAddressOf(peer, ctx.get('X-Forwarded-For') || undefined, isTrusted);
    state.origin = originOf(ctx.req);
    state.language = texts.choose(ctx.get('Accept-Language'), String(ctx.query.ui_locales ?? ''));
    state.t = texts.for(state.language);
    // Koa judges by the socket; behind a proxy that ends TLS, only the origin knows whether cookies may be Secure.
    ctx.cookies.secure = state.origin.startsWith('https:');
    ctx.set('X-Request-Id', state.requestId);
    return next();
  };
}

/** A proxy's own id, so that its log and ours can be read together; strangers cannot choose what our log says. */
function requestIdOf(given: string, isFromProxy: boolean): string {
  return isFromProxy && SANE_ID.test(given) ? given : randomUUID();
}
