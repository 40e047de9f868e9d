// Answers at the endpoints that programs call: finds the issuer that a request means, and lets its oidc-provider answer.
import type { Context } from '../../platform/http/context.ts';
import { type Answer, json } from '../../platform/http/route.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import { accessTokenId } from './access-token-model.ts';
import { findCaller, pass } from './caller.ts';
import { ENDPOINTS } from './configuration.ts';
import type { Issuer, Issuers } from './issuer.ts';
import { clientIdOfToken } from './issuer-choice.ts';
import { readForm } from './request-form.ts';

const PREFLIGHT_SECONDS = 3600;

/** Introspection and revocation of tokens that are JWTs: oidc-provider refuses those, because its own are not stored. */
export async function answerTokenOwner(issuers: Issuers, ctx: Context, endpoint: string): Promise<Answer> {
  const found = await findCaller(issuers, ctx);
  if ('refusal' in found) return found.refusal;
  const { issuer, form } = found;
  const token = form.get('token');
  if (token?.includes('.')) {
    form.set('token', accessTokenId(token, issuer.keys));
    // No other kind has dots: a hint saves looking for the others.
    form.set('token_type_hint', 'access_token');
  }
  return pass(ctx, issuer, { url: `${ENDPOINTS}/${endpoint}/`, form });
}

/** Userinfo: at the issuer that the access token is from. */
export async function answerUserinfo(issuers: Issuers, ctx: Context): Promise<Answer> {
  const form = await readForm(ctx);
  const clientId = clientIdOfToken(ctx, form);
  const issuer =
    clientId === undefined ? undefined : await issuers.findByClientId(ctx.state.origin, clientId);
  if (!issuer) {
    ctx.set('WWW-Authenticate', 'Bearer error="invalid_token", error_description="invalid token provided"');
    return json({ error: 'invalid_token', error_description: 'invalid token provided' }, 401);
  }
  return pass(ctx, issuer, { url: `${ENDPOINTS}/userinfo/`, form });
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
