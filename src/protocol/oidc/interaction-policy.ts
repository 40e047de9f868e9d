// When oidc-provider must stop and let a person act: to sign in, to be refused, to consent; in this order.
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { checkAccess } from '../../identity/access/access-query.ts';
import { coversScopes, findConsent } from '../../identity/access/consent.ts';
import { findUser } from '../../identity/user/user.ts';
import type { Db } from '../../platform/database/database.ts';
import type { OAuth2Provider } from './client.ts';
import { isStrongEnough, isYoungEnough } from './minimum-authentication.ts';
import { methodsOf } from './session-model.ts';
import { subjectOf } from './subject.ts';

const { Check, Prompt, base } = interactionPolicy;

/** oidc-provider's own policy with our idea of a subject, and with access rules between login and consent. */
export function policyFor(db: Db, client: OAuth2Provider): interactionPolicy.DefaultPolicy {
  const policy = base();
  const login = policy.get('login');
  login?.checks.remove('id_token_hint');
  login?.checks.add(
    new Check('id_token_hint', 'the id_token_hint names somebody else', 'login_required', (ctx) =>
      isSomebodyElse(db, client, ctx),
    ),
  );
  login?.checks.add(
    new Check('minimum_authentication', 'the session is too weak or too old', 'login_required', (ctx) =>
      isNotEnough(db, client, ctx),
    ),
  );
  policy.add(
    new Prompt(
      { name: 'access', requestable: false },
      new Check('access_refused', 'the user may not open this application', 'access_denied', (ctx) =>
        isRefused(db, client, ctx),
      ),
    ),
    1,
  );
  return policy;
}

async function isSomebodyElse(
  db: Db,
  client: OAuth2Provider,
  { oidc }: KoaContextWithOIDC,
): Promise<boolean> {
  const hinted = oidc.entities.IdTokenHint?.payload.sub;
  const accountId = oidc.session?.accountId;
  if (hinted === undefined) return false;
  const user = accountId === undefined ? undefined : await findUser(db, Number(accountId));
  if (user && subjectOf(user, client.subjectMode) === hinted) return false;
  // Once they have signed in for this request, asking again would ask forever.
  if (oidc.result?.login)
    throw new errors.LoginRequired('the signed-in user is not the one in id_token_hint');
  return true;
}

/** Whoever may not open the application is told that first, and need not prove more for it. */
async function isNotEnough(db: Db, client: OAuth2Provider, ctx: KoaContextWithOIDC): Promise<boolean> {
  const { session, params = {} } = ctx.oidc;
  if (session?.accountId === undefined || (await isRefused(db, client, ctx))) return false;
  const { accountId, loginTs = 0 } = session;
  const methods = methodsOf(session);
  const now = new Date();
  // A sign-in for this very request is young, however long the person took over it.
  const isYoung = ctx.oidc.result?.login !== undefined || isYoungEnough(client, loginTs, params, now);
  return !isYoung || !(await isStrongEnough(db, client, { userId: Number(accountId), methods }, params));
}

async function isRefused(
  db: Db,
  { provider }: OAuth2Provider,
  { oidc }: KoaContextWithOIDC,
): Promise<boolean> {
  const accountId = oidc.session?.accountId;
  if (accountId === undefined || !provider.application) return false;
  return !(await checkAccess(db, provider.application, Number(accountId))).isAllowed;
}

/** Whether the person need not be asked: the administrator decided so, or they agreed to all of this before. */
export async function isConsentGiven(
  db: Db,
  { consentMode, provider: { application } }: OAuth2Provider,
  userId: number,
  scopes: readonly string[],
): Promise<boolean> {
  if (consentMode === 'implicit') return true;
  if (!application) return false;
  return coversScopes(await findConsent(db, { userId, applicationId: application.id }), scopes);
}
