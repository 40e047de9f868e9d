// Answers at the endpoints that programs call: finds the issuer that a request means, and lets its oidc-provider answer.
import type { Context } from '../../platform/http/context.ts';
import { type Answer, json } from '../../platform/http/route.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import { accessTokenId } from './access-token-model.ts';
import { ask, findCaller, pass } from './caller.ts';
import { ENDPOINTS } from './configuration.ts';
import type { Issuer } from './issuer.ts';
import { accessTokenOf, clientIdClaimedBy } from './issuer-choice.ts';
import type { Issuers } from './issuers.ts';
import { readForm } from './request-form.ts';

const INTROSPECTION = `${ENDPOINTS}/introspect/`;
const REVOCATION = `${ENDPOINTS}/revoke/`;
const USERINFO = `${ENDPOINTS}/userinfo/`;
const PREFLIGHT_SECONDS = 3600;

/** Introspection (RFC 7662), said again while nothing has changed. */
export async function answerIntrospection(issuers: Issuers, ctx: Context): Promise<Answer> {
  const form = await readForm(ctx);
  return issuers.answers.find(ctx, { form, token: form.get('token') }, () =>
    answerTokenOwner(issuers, ctx, form, (issuer) => ask(ctx, issuer, { url: INTROSPECTION, form })),
  );
}

/** Revocation (RFC 7009). */
export async function answerRevocation(issuers: Issuers, ctx: Context): Promise<Answer> {
  const form = await readForm(ctx);
  return answerTokenOwner(issuers, ctx, form, (issuer) => pass(ctx, issuer, { url: REVOCATION, form }));
}

/** Lets the form name a token that is a JWT by its id: oidc-provider refuses those, because its own are not stored. */
async function answerTokenOwner(
  issuers: Issuers,
  ctx: Context,
  form: URLSearchParams,
  answer: (issuer: Issuer) => Promise<Answer>,
): Promise<Answer> {
  const found = await findCaller(issuers, ctx, form);
  if ('refusal' in found) return found.refusal;
  const { issuer } = found;
  const token = form.get('token');
  if (token?.includes('.')) {
    form.set('token', accessTokenId(token, issuer.keys));
    // No other kind has dots: a hint saves looking for the others.
    form.set('token_type_hint', 'access_token');
  }
  return answer(issuer);
}

/** Userinfo, at the issuer that the access token is from; said again while nothing has changed. */
export async function answerUserinfo(issuers: Issuers, ctx: Context): Promise<Answer> {
  const form = await readForm(ctx);
  const token = accessTokenOf(ctx, form);
  return issuers.answers.find(ctx, { form, token }, async () => {
    const clientId = clientIdClaimedBy(token);
    const issuer = clientId && (await issuers.findByClientId(ctx.state.origin, clientId));
    if (issuer) return ask(ctx, issuer, { url: USERINFO, form });
    ctx.set('WWW-Authenticate', 'Bearer error="invalid_token", error_description="invalid token provided"');
    return json({ error: 'invalid_token', error_description: 'invalid token provided' }, 401);
  });
}

/** Discovery and keys of the application's own issuer, which has them at `source`. */
export async function answerMetadata(
  issuers: Issuers,
  ctx: Context,
  slug: string,
  source: string,
): Promise<Answer> {
  const issuer = await getIssuer(issuers, ctx, slug);
  const { headers, body } = await issuer.metadata.at(source);
  ctx.set(headers);
  ctx.status = 200;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = body;
  return undefined;
}

/** Throws NotFound when no application of that slug speaks OpenID Connect. */
export async function getIssuer(issuers: Issuers, ctx: Context, slug: string): Promise<Issuer> {
  const issuer = await issuers.findBySlug(ctx.state.origin, slug);
  if (!issuer) throw new NotFound(ctx.state.t('problem.notFound'));
  return issuer;
}

/** A browser asks before it lets a page of another origin call us; whether it may is decided by client, at the call. */
export function answerPreflight(ctx: Context): Answer {
  ctx.vary('Origin');
  ctx.set({
    'Access-Control-Allow-Origin': ctx.get('Origin') || '*',
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': ctx.get('Access-Control-Request-Headers'),
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
  });
  ctx.status = 204;
  return undefined;
}
