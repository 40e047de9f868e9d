// /device: where a person lets a device in that cannot show a sign-in page. Codes are short, so guesses at them are counted.
import { z } from 'zod';
import { checkAccess, listGroupsThatMayOpen } from '../../../identity/access/access-query.ts';
import { recordEvent } from '../../../identity/event/event.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import { signedIn, viewerOf } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import { InvalidInput, NotSignedIn, TooManyRequests } from '../../../platform/problem/problem.ts';
import { browserOf } from '../../../signin/session/browser.ts';
import { admitAttempt, forgiveAttempt } from '../../../signin/session/lockout.ts';
import type { LiveSession, Sessions } from '../../../signin/session/session.ts';
import { createSignInRequest } from '../../../signin/session/sign-in-request.ts';
import { DEVICE_PAGE, SIGN_IN_FLOW } from '../configuration.ts';
import type { Issuers } from '../issuers.ts';
import { isStrongEnough, isYoungEnough, proofRequired } from '../minimum-authentication.ts';
import {
  type DeviceRequest,
  declineDeviceRequest,
  findDeviceRequest,
  grantDeviceRequest,
} from './device-request.ts';
import { codePage, confirmPage, declinedPage, deviceRefusedPage, grantedPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly sessions: Sessions;
  readonly issuers: Issuers;
}

/** The longest that an account is made to wait (lockout.ts). */
const ACCOUNT_WAIT_SECONDS = 120;

const code = z.string().trim().max(64).default('');
const linked = z.object({ code, user_code: code });
const typed = z.object({ code });
const answered = z.object({ code, answer: z.enum(['accept', 'decline']) });

export function deviceGrantRoutes(needs: Needs): Route[] {
  const again = (ctx: Context) => codePage(ctx, '');
  return [
    get(`${DEVICE_PAGE}{/}`, signedIn, linked, (ctx, input) => codePage(ctx, input.code || input.user_code)),
    post(`${DEVICE_PAGE}{/}`, signedIn, typed, (ctx, input) => show(needs, ctx, input.code), { again }),
    post(`${DEVICE_PAGE}/answer{/}`, signedIn, answered, (ctx, input) => answer(needs, ctx, input), {
      again,
    }),
  ];
}

async function show(needs: Needs, ctx: Context, userCode: string): Promise<Answer> {
  const request = await getRequest(needs, ctx, userCode);
  const refused = await refusal(needs.db, ctx, request);
  return refused ?? (await furtherProof(needs, ctx, request)) ?? confirmPage(ctx, request);
}

async function answer(
  needs: Needs,
  ctx: Context,
  { code: userCode, answer: given }: z.output<typeof answered>,
): Promise<Answer> {
  const request = await getRequest(needs, ctx, userCode);
  const { application } = request.issuer;
  if (given === 'decline') {
    await declineDeviceRequest(request);
    return declinedPage(ctx, application.name);
  }
  const refused = (await refusal(needs.db, ctx, request)) ?? (await furtherProof(needs, ctx, request));
  if (refused) return refused;
  await grantDeviceRequest(needs.db, request, await getSession(needs.sessions, ctx));
  await recordGrant(needs.db, ctx, request);
  return grantedPage(ctx, application.name);
}

/** Throws InvalidInput for a wrong code, and TooManyRequests after too many of them. */
async function getRequest({ db, issuers }: Needs, ctx: Context, userCode: string): Promise<DeviceRequest> {
  const { clientAddress, origin, t } = ctx.state;
  const attempt = { login: String(viewerOf(ctx).userId), secret: 'user-code', clientAddress } as const;
  const admission = await admitAttempt(db, attempt);
  if (!admission.isAdmitted)
    throw new TooManyRequests(t('oidc.device.tooMany'), {
      retryAfterSeconds: admission.because === 'address' ? admission.retryAfterSeconds : ACCOUNT_WAIT_SECONDS,
    });
  const request = await findDeviceRequest(issuers, origin, userCode);
  if (!request) throw new InvalidInput({ code: [t('oidc.device.unknown')] });
  await forgiveAttempt(db, attempt);
  return request;
}

async function refusal(db: Db, ctx: Context, { issuer }: DeviceRequest): Promise<Answer> {
  const access = await checkAccess(db, issuer.application, viewerOf(ctx).userId);
  if (access.isAllowed) return undefined;
  return deviceRefusedPage(ctx, issuer.application.name, await listGroupsThatMayOpen(db, access.reason));
}

/** Sends a person whose session is too weak or too old for the application to sign in again, and back to the code. */
async function furtherProof(
  { db, sessions }: Needs,
  ctx: Context,
  { issuer, code: { params = {} }, userCode }: DeviceRequest,
): Promise<Answer> {
  const { client, application } = issuer;
  const session = await getSession(sessions, ctx);
  const provedAtSeconds = session.authenticatedAt.getTime() / 1000;
  const isYoung = isYoungEnough(client, provedAtSeconds, params, new Date());
  if (isYoung && (await isStrongEnough(db, client, session, params))) return undefined;
  const id = await createSignInRequest(db, {
    browser: browserOf(ctx),
    flow: SIGN_IN_FLOW,
    returnTo: `${DEVICE_PAGE}?code=${userCode}`,
    applicationId: application.id,
    requirements: proofRequired(client, params),
  });
  return seeOther(`/if/flow/${SIGN_IN_FLOW}/?request=${id}`);
}

/** A token's owner has no session, and can let nobody in. */
async function getSession(sessions: Sessions, ctx: Context): Promise<LiveSession> {
  const { sessionId } = viewerOf(ctx);
  const session = sessionId === undefined ? undefined : await sessions.findById(sessionId);
  if (!session) throw new NotSignedIn(ctx.state.t('problem.notSignedIn'));
  return session;
}

async function recordGrant(db: Db, ctx: Context, { issuer, scopes }: DeviceRequest): Promise<void> {
  const { userId, username } = viewerOf(ctx);
  const { clientAddress, requestId } = ctx.state;
  await recordEvent(db, {
    action: 'authorize_application',
    source: 'protocol.oidc',
    userId,
    username,
    clientAddress,
    requestId,
    context: {
      application: issuer.application.name,
      client: issuer.client.clientId,
      scopes: scopes.join(' '),
      grant: 'device code',
    },
  });
}
