// The token endpoint. oidc-provider answers it; what it does not know, app passwords in place of a client secret, is looked
// at before.
import type { Db } from '../../platform/database/database.ts';
import type { Context } from '../../platform/http/context.ts';
import type { Answer } from '../../platform/http/route.ts';
import { verifyAppPassword } from '../../signin/session/app-password.ts';
import { findCaller, pass, refuse } from './caller.ts';
import { namedUser } from './client-credentials/named-user.ts';
import { ENDPOINTS } from './configuration.ts';
import type { Issuer } from './issuer.ts';
import type { Issuers } from './issuers.ts';

const TOKEN = `${ENDPOINTS}/token/`;

interface Needs {
  readonly db: Db;
  readonly issuers: Issuers;
}

/** Tokens: at the issuer of the client that the request names. */
export async function answerToken({ db, issuers }: Needs, ctx: Context): Promise<Answer> {
  const found = await findCaller(issuers, ctx);
  if ('refusal' in found) return found.refusal;
  const { issuer, form } = found;
  // authentik's other name for it: the password is an app password in either case.
  if (form.get('grant_type') === 'password') form.set('grant_type', 'client_credentials');
  if (!isClientCredentials(issuer, form)) return pass(ctx, issuer, { url: TOKEN, form });

  const named = await namedUser(issuer, form, ctx.get('authorization'));
  if (!named) return pass(ctx, issuer, { url: TOKEN, form });
  const attempt = { login: named.login, password: named.password, clientAddress: ctx.state.clientAddress };
  const verdict = await verifyAppPassword(db, attempt);
  if (!verdict.ok) return refuseUser(ctx, verdict.retryAfterSeconds);
  const secret = issuer.registration.clientSecret;
  if (named.isInPlaceOfClient && secret !== undefined) {
    delete ctx.req.headers.authorization;
    form.set('client_id', issuer.client.clientId);
    form.set('client_secret', secret);
  }
  return pass(ctx, issuer, { url: TOKEN, form, actsFor: verdict.user.id });
}

function isClientCredentials({ registration }: Issuer, form: URLSearchParams): boolean {
  return (
    form.get('grant_type') === 'client_credentials' && registration.grantTypeAllowed('client_credentials')
  );
}

function refuseUser(ctx: Context, retryAfterSeconds: number | undefined): Answer {
  if (retryAfterSeconds === undefined)
    return refuse(ctx, 400, 'invalid_grant', 'the user name or app password is wrong');
  ctx.set('Retry-After', String(retryAfterSeconds));
  return refuse(ctx, 429, 'slow_down', 'too many attempts from this address');
}
