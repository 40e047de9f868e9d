// The authorization endpoint, and the sign-in that may stand in its way.
import { listGroupsThatMayOpen } from '../../identity/access/access-query.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Context } from '../../platform/http/context.ts';
import { speak } from '../../platform/http/language.ts';
import { type Answer, seeOther } from '../../platform/http/route.ts';
import type { Texts } from '../../platform/view/texts.ts';
import { browserOf, findBrowser } from '../../signin/session/browser.ts';
import { readCookie } from '../../signin/session/cookie.ts';
import type { Sessions } from '../../signin/session/session.ts';
import { createSignInRequest, redeemSignInOutcome } from '../../signin/session/sign-in-request.ts';
import { ENDPOINTS, INTERACTION, INTERACTION_COOKIE, SIGN_IN_FLOW } from './configuration.ts';
import { handOver } from './hand-over.ts';
import { ACCESS_DENIED, finishInteraction, type Interaction, nextStep } from './interaction.ts';
import type { Issuer } from './issuer.ts';
import type { Issuers } from './issuers.ts';
import { readForm } from './request-form.ts';
import { expiredPage, faultPage, refusedPage } from './views.ts';

/** Not worth a word when the application does not have them. */
const ALWAYS_KNOWN = new Set(['openid', 'offline_access']);

interface Needs {
  readonly db: Db;
  readonly sessions: Sessions;
  readonly issuers: Issuers;
  readonly texts: Texts;
}

export async function authorize({ issuers }: Needs, ctx: Context): Promise<Answer> {
  const query = normalised(new URLSearchParams(ctx.querystring));
  const clientId = query.get('client_id');
  const issuer = clientId === null ? undefined : await issuers.findByClientId(ctx.state.origin, clientId);
  if (issuer) {
    noteUnknownScopes(ctx, issuer, query);
    return go(ctx, issuer, `${ENDPOINTS}/authorize/?${query}`);
  }
  const description = clientId === null ? 'client_id is missing' : 'there is no such client';
  return faultPage(ctx, { code: 'invalid_client', description, status: 400, redirectUri: undefined });
}

/**
 * A POST is turned into the same request as a GET: our session cookie is SameSite=Lax, so that only with a GET from
 * another site can be seen who is signed in.
 */
export async function authorizeByPost(ctx: Context): Promise<Answer> {
  return seeOther(`${ENDPOINTS}/authorize/?${await readForm(ctx)}`);
}

/** oidc-provider goes on after an interaction. */
export async function resume({ issuers }: Needs, ctx: Context, uid: string): Promise<Answer> {
  const issuer = await issuers.findByInteraction(ctx.state.origin, uid);
  return issuer ? go(ctx, issuer, `${ENDPOINTS}/authorize/${uid}`) : expiredPage(ctx);
}

/** Sends the person to sign in, tells them why they may not, or goes on. */
export async function interact(needs: Needs, ctx: Context, uid: string): Promise<Answer> {
  const { db, sessions } = needs;
  const found = await findInteraction(needs, ctx, uid);
  if (!found) return expiredPage(ctx);
  const { issuer, interaction } = found;
  const returnTo = `${INTERACTION}/${uid}/`;
  const { viewer } = ctx.state;
  const session = viewer?.sessionId === undefined ? undefined : await sessions.findById(viewer.sessionId);
  const browser = findBrowser(ctx);
  const outcome = browser === undefined ? undefined : await redeemSignInOutcome(db, browser, returnTo);
  const isTheirs = outcome?.userId === session?.userId;

  const step = await nextStep(db, { issuer, interaction, session, outcome: isTheirs ? outcome : undefined });
  switch (step.kind) {
    case 'finish':
      return seeOther(await finishInteraction(interaction, step.result));
    case 'refused': {
      const groups = await listGroupsThatMayOpen(db, step.reason);
      return refusedPage(ctx, {
        application: issuer.application.name,
        login: viewer?.username ?? '',
        groups,
        why: step.reason.kind,
      });
    }
    case 'sign_in': {
      const { id: applicationId } = issuer.application;
      const request = { browser: browserOf(ctx), flow: SIGN_IN_FLOW, returnTo, applicationId };
      const id = await createSignInRequest(db, { ...request, requirements: step.requirements });
      return seeOther(`/if/flow/${SIGN_IN_FLOW}/?request=${id}`);
    }
  }
}

/** The refused person goes back to the application, which is told so. */
export async function giveUp(needs: Needs, ctx: Context, uid: string): Promise<Answer> {
  const found = await findInteraction(needs, ctx, uid);
  return found ? seeOther(await finishInteraction(found.interaction, ACCESS_DENIED)) : expiredPage(ctx);
}

interface FoundInteraction {
  readonly issuer: Issuer;
  readonly interaction: Interaction;
}

/** The interaction, in the browser that it began in. */
async function findInteraction(
  { issuers, texts }: Needs,
  ctx: Context,
  uid: string,
): Promise<FoundInteraction | undefined> {
  if (readCookie(ctx.get('cookie'), INTERACTION_COOKIE) !== uid) return undefined;
  const issuer = await issuers.findByInteraction(ctx.state.origin, uid);
  const interaction = await issuer?.provider.Interaction.find(uid);
  speak(ctx, texts, interaction?.params.ui_locales);
  return issuer && interaction && { issuer, interaction };
}

/** No scope means `openid`, and choosing an account means signing in: there is one account in a browser. */
function normalised(query: URLSearchParams): URLSearchParams {
  if (!query.get('scope')) query.set('scope', 'openid');
  const prompt = query.get('prompt');
  if (prompt !== null) query.set('prompt', prompt.replace(/\bselect_account\b/, 'login'));
  return query;
}

/** They are ignored (contract §3); that a claim is missing later is hard to understand without knowing why. */
function noteUnknownScopes(ctx: Context, { client, faults }: Issuer, query: URLSearchParams): void {
  const known = new Set(client.scopeMappings.map(({ scopeMapping }) => scopeMapping.scopeName));
  const asked = (query.get('scope') ?? '').split(' ').filter(Boolean);
  const unknown = asked.filter((scope) => !known.has(scope) && !ALWAYS_KNOWN.has(scope));
  if (unknown.length === 0) return;
  faults.record(ctx.state, { kind: 'scope', sent: unknown.join(' '), detail: 'ignored' });
}

async function go(ctx: Context, issuer: Issuer, url: string): Promise<Answer> {
  const fault = await handOver(ctx, issuer.provider, { url });
  if (!fault) return undefined;
  const { log } = ctx.state;
  const registered = issuer.client.redirectUris.map(({ url: uri }) => uri);
  log.warn({ client: issuer.client.clientId, ...fault, registered }, 'an authorization request was refused');
  return faultPage(ctx, fault, issuer);
}
