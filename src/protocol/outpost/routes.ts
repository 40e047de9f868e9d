// Our own host's part in a sign-in at an application: the browser comes with where it wants to return to, signs in if it
// must, and leaves with a ticket.
import { z } from 'zod';
import { checkAccess, listGroupsThatMayOpen } from '../../identity/access/access-query.ts';
import { mustUseMfa } from '../../identity/access/mfa-demand.ts';
import { actorOf } from '../../identity/event/actor.ts';
import { recordEvent } from '../../identity/event/event.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import type { Context, Viewer } from '../../platform/http/context.ts';
import { anyone } from '../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther } from '../../platform/http/route.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import { browserOf } from '../../signin/session/browser.ts';
import { createSignInRequest } from '../../signin/session/sign-in-request.ts';
import { isProofEnough } from './decision.ts';
import { findRouteBySlug } from './provider/route-reader.ts';
import type { ProxyRoute } from './routing-table.ts';
import { proofOf } from './session/outpost-sessions.ts';
import { callbackAddress, HAND_OVER_PATH } from './sign-in/address.ts';
import { allowedAddress, returnAddress } from './sign-in/return-address.ts';
import { issueTicket } from './sign-in/ticket.ts';
import { forbiddenPage, lostCookiePage } from './views.ts';
import { helpForLostCookie } from './wiring/help.ts';

interface Needs {
  readonly db: PrismaClient;
}

const FLOW = 'default-authentication-flow';

const text = z.string().optional().catch(undefined);
const handedOver = z.object({
  slug: z.string(),
  rd: text,
  at: text,
  seen: text,
  browser: z
    .string()
    .regex(/^[\da-f]{64}$/)
    .optional()
    .catch(undefined),
});

export function outpostRoutes(needs: Needs): Route[] {
  return [get(`${HAND_OVER_PATH}/:slug/`, anyone, handedOver, (ctx, input) => handOver(needs, ctx, input))];
}

async function handOver(needs: Needs, ctx: Context, input: z.output<typeof handedOver>): Promise<Answer> {
  const { db } = needs;
  const { viewer, t } = ctx.state;
  const route = await findRouteBySlug(db, input.slug);
  if (!route) throw new NotFound(t('problem.notFound'));
  const returnTo = returnAddress(route, input.rd);
  // Somebody has come here without an application having sent them: its own host does that properly.
  if (input.browser === undefined) return seeOther(returnTo);
  if (viewer?.sessionId === undefined) return signIn(db, ctx, route);

  const access = await checkAccess(db, { ...route, id: route.applicationId }, viewer.userId);
  if (!access.isAllowed) {
    const groups = await listGroupsThatMayOpen(db, access.reason);
    return forbiddenPage(t, '', { application: route.applicationName, why: access.reason.kind, groups });
  }
  if (!(await hasProvedEnough(db, route, viewer))) return signIn(db, ctx, route);

  const { sessionId } = viewer;
  const { browser: browserHash } = input;
  const ticket = await issueTicket(db, { providerId: route.providerId, sessionId, browserHash });
  if (ticket === undefined) {
    return lostCookiePage(t, route.externalUrl, helpForLostCookie(route, input.seen));
  }
  const context = { authorized_application: { slug: route.slug, name: route.applicationName } };
  await recordEvent(db, {
    ...actorOf(ctx),
    action: 'authorize_application',
    source: 'protocol.outpost',
    context,
  });
  const at = new URL(allowedAddress(route, input.at) ?? route.externalUrl).origin;
  return seeOther(callbackAddress(at, ticket, returnTo));
}

/** As the gate will judge the session that comes of this (decision.ts). */
async function hasProvedEnough(db: PrismaClient, route: ProxyRoute, viewer: Viewer): Promise<boolean> {
  const { userId, methods = [], authenticatedAt = new Date(0) } = viewer;
  const proof = proofOf({ methods, authenticatedAt }, await mustUseMfa(db, userId));
  return isProofEnough(route, proof, Date.now());
}

/** Of somebody who is signed in, the flow asks for no more than what is missing. */
async function signIn(
  db: PrismaClient,
  ctx: Context,
  { applicationId, maxSessionAgeSeconds }: ProxyRoute,
): Promise<Answer> {
  const { ui_locales: uiLocales } = ctx.query;
  const request = await createSignInRequest(db, {
    browser: browserOf(ctx),
    flow: FLOW,
    returnTo: ctx.originalUrl,
    applicationId,
    requirements: {
      ...(maxSessionAgeSeconds !== undefined && { maxAgeSeconds: maxSessionAgeSeconds }),
      ...(typeof uiLocales === 'string' && { uiLocales }),
    },
  });
  return seeOther(`/if/flow/${FLOW}/?request=${request}`);
}
