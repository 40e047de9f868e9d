// What oidc-provider's callbacks need to know of the request they run in. They only see a request of oidc-provider's own
// (hand-over.ts), so it is looked up by that.
import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { RequestState } from '../../platform/http/context.ts';

/** Why a person cannot be sent back to the application, and must be told here. */
export interface Fault {
  /** RFC 6749 error code. */
  readonly code: string;
  readonly description: string;
  readonly status: number;
  /** The redirect URI that was sent, when it is the fault. */
  readonly redirectUri: string | undefined;
}

export interface Call {
  readonly state: RequestState;
  /** The user whose app password came with the request. */
  readonly actsFor: number | undefined;
  fault: Fault | undefined;
}

const calls = new WeakMap<IncomingMessage, Call>();

/** Remembers the call for as long as its request lives. */
export function beginCall(request: IncomingMessage, state: RequestState, actsFor?: number): Call {
  const call: Call = { state, actsFor, fault: undefined };
  calls.set(request, call);
  return call;
}

/** The call that a callback runs in. */
export function callOf({ req }: { readonly req: IncomingMessage }): Call {
  const call = calls.get(req);
  if (!call) throw new Error('oidc-provider was called past hand-over.ts');
  return call;
}

/** oidc-provider's `renderError`: leaves the page to whoever handed the request over. */
export function leaveFault(
  ctx: KoaContextWithOIDC,
  out: { error: string; error_description?: string | undefined },
): void {
  const { error: code, error_description: description = '' } = out;
  const isRedirectUri = code === 'invalid_redirect_uri';
  const sent = ctx.oidc.params?.redirect_uri;
  callOf(ctx).fault = {
    code,
    description,
    status: ctx.status,
    redirectUri: isRedirectUri && typeof sent === 'string' ? sent : undefined,
  };
  ctx.respond = false;
}
