// The end-session endpoint: ends the single-sign-on session everywhere, and returns to the application.
import { z } from 'zod';
import { recordEvent } from '../../../identity/event/event.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db, Sql } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import { type Answer, seeOther } from '../../../platform/http/route.ts';
import { allowFrames } from '../../../platform/http/security-headers.ts';
import { expiredCookie, SESSION_COOKIE } from '../../../signin/session/cookie.ts';
import type { Sessions } from '../../../signin/session/session.ts';
import { ENDPOINTS } from '../configuration.ts';
import type { Issuer } from '../issuer.ts';
import type { Issuers } from '../issuers.ts';
import { getIssuer } from '../protocol-endpoints.ts';
import { readForm } from '../request-form.ts';
import { farewellPage, signedOutPage, signOutPage } from '../views.ts';
import { farewellPath, openFarewell } from './front-channel.ts';
import { isHintOfSession, type LogoutRequest, postLogoutTarget, readHint } from './logout-request.ts';

interface Needs {
  readonly db: Db;
  readonly sql: Sql;
  readonly vault: Vault;
  readonly sessions: Sessions;
  readonly issuers: Issuers;
}

const parameter = z.string().optional().catch(undefined);

export const logoutInput = z.object({
  slug: z.string(),
  client_id: parameter,
  id_token_hint: parameter,
  post_logout_redirect_uri: parameter,
  state: parameter,
});

type LogoutInput = z.output<typeof logoutInput>;

/** With a hint of this session it ends at once; otherwise the person is asked. Nobody signed in is success. */
export async function endSession(needs: Needs, ctx: Context, input: LogoutInput): Promise<Answer> {
  const issuer = await getIssuer(needs.issuers, ctx, input.slug);
  const hint = await readHint(issuer, input);
  const { post_logout_redirect_uri, state } = hint.kind === 'wrong' ? {} : input;
  const request = { post_logout_redirect_uri, state };
  const sessionId = ctx.state.viewer?.sessionId;
  if (sessionId === undefined) return afterSignOut(ctx, issuer, request);
  if (!isHintOfSession(hint, issuer, sessionId)) return signOutPage(ctx, issuer, defined(request));
  return signOut(needs, ctx, issuer, request);
}

/** The person has said yes, on our own page. */
export async function confirmEndSession(needs: Needs, ctx: Context, input: LogoutInput): Promise<Answer> {
  return signOut(needs, ctx, await getIssuer(needs.issuers, ctx, input.slug), input);
}

/** As at the authorization endpoint: only a GET from another site brings our cookie along. */
export async function endSessionByPost(ctx: Context, slug: string): Promise<Answer> {
  return seeOther(`${ENDPOINTS}/${encodeURIComponent(slug)}/end-session/?${await readForm(ctx)}`);
}

export const farewellInput = z.object({ farewell: parameter });

/** Tells the clients that can only be told in this browser, and goes on. */
export function sayFarewell({ vault }: Needs, ctx: Context, sealed = ''): Answer {
  const farewell = openFarewell(vault, sealed);
  if (!farewell) return seeOther('/');
  allowFrames(ctx, farewell.frames);
  return farewellPage(ctx, farewell);
}

async function signOut(
  { db, sql, vault, sessions }: Needs,
  ctx: Context,
  issuer: Issuer,
  request: LogoutRequest,
): Promise<Answer> {
  const { viewer, clientAddress, requestId, origin } = ctx.state;
  if (viewer?.sessionId !== undefined) {
    const next = postLogoutTarget(issuer, request);
    const farewell = await farewellPath(sql, vault, viewer.sessionId, next);
    await sessions.end(viewer.sessionId);
    ctx.append('Set-Cookie', expiredCookie(SESSION_COOKIE, origin.startsWith('https:')));
    const { userId, username } = viewer;
    const context = { application: issuer.application.name };
    const event = { action: 'logout', source: 'protocol.oidc', userId, username, context } as const;
    await recordEvent(db, { ...event, clientAddress, requestId });
    delete ctx.state.viewer;
    if (farewell !== undefined) return seeOther(farewell);
  }
  return afterSignOut(ctx, issuer, request);
}

function afterSignOut(ctx: Context, issuer: Issuer, request: LogoutRequest): Answer {
  const target = postLogoutTarget(issuer, request);
  if (target !== undefined) return seeOther(target);
  if (request.post_logout_redirect_uri !== undefined) {
    const { client } = issuer;
    const sent = request.post_logout_redirect_uri.slice(0, 2048);
    ctx.state.log.warn({ client: client.clientId, sent }, 'the post_logout_redirect_uri is not registered');
  }
  return signedOutPage(ctx, issuer.application.name);
}

function defined(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
