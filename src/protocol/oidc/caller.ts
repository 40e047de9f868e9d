// The program that calls an endpoint: which client it says it is, and how it is answered.
import type { Context } from '../../platform/http/context.ts';
import { type Answer, json } from '../../platform/http/route.ts';
import { type HandedOver, handOver, renderFor } from './hand-over.ts';
import type { Issuer } from './issuer.ts';
import { clientIdOf } from './issuer-choice.ts';
import type { Issuers } from './issuers.ts';
import { readForm } from './request-form.ts';

export type Caller =
  | { readonly issuer: Issuer; readonly form: URLSearchParams }
  | { readonly refusal: Answer };

/** The issuer of the client that the request names; whether it is that client, oidc-provider finds out. */
export async function findCaller(issuers: Issuers, ctx: Context, read?: URLSearchParams): Promise<Caller> {
  const form = read ?? (await readForm(ctx));
  const clientId = clientIdOf(ctx, form);
  if (clientId === undefined) {
    return { refusal: refuse(ctx, 400, 'invalid_request', 'no client is named in the request') };
  }
  const issuer = await issuers.findByClientId(ctx.state.origin, clientId);
  return issuer
    ? { issuer, form }
    : { refusal: refuse(ctx, 401, 'invalid_client', 'client authentication failed') };
}

/** Lets oidc-provider answer. */
export async function pass(ctx: Context, { provider }: Issuer, request: HandedOver): Promise<Answer> {
  preferJson(ctx);
  await handOver(ctx, provider, request);
  return undefined;
}

/** What oidc-provider answers. */
export function ask(ctx: Context, { provider }: Issuer, request: HandedOver): Promise<Answer> {
  preferJson(ctx);
  return renderFor(ctx, provider, request);
}

/** Programs read JSON, whatever a library puts into Accept. */
function preferJson(ctx: Context): void {
  ctx.req.headers.accept = 'application/json';
}

/** RFC 6749 §5.2. */
export function refuse(ctx: Context, status: number, error: string, description: string): Answer {
  // A client that used the header is answered in kind.
  if (status === 401) ctx.set('WWW-Authenticate', `Basic realm="${ctx.state.origin}"`);
  return json({ error, error_description: description }, status);
}
