// Finds the run that a visit belongs to. A request that is of no use any more (expired, finished, another browser's) is
// never an error: the browser is sent to where it can go on, and told why.
import type { Context } from '../../platform/http/context.ts';
import { speak } from '../../platform/http/language.ts';
import { type Redirect, seeOther } from '../../platform/http/route.ts';
import type { Texts } from '../../platform/view/texts.ts';
import { findBrowser } from '../session/browser.ts';
import { findBrowserHash } from '../session/known-browser.ts';
import { sameOriginPath } from '../session/return-to.ts';
import { findSignInRequest } from '../session/sign-in-request.ts';
import { readTrustTokens } from '../session/trusted-device.ts';
import { type Flow, flowPath } from './flow.ts';
import { beginRun, type Run, type RunStore, resumeRun, type Visit } from './run.ts';

/** What the address of a flow's page says. */
export interface Asked {
  readonly request?: string | undefined;
  /** Same-origin path to go to afterwards; anything else is as if it were not there. */
  readonly next?: string | undefined;
  /** Proof is wanted even though a session exists. */
  readonly again?: string | undefined;
}

export type Opening = { readonly run: Run } | { readonly elsewhere: Redirect };

export async function openRun(
  store: RunStore & { readonly texts: Texts },
  flow: Flow,
  ctx: Context,
  asked: Asked,
): Promise<Opening> {
  const visit = visitOf(ctx);
  if (asked.request === undefined) return { run: beginRun(visit, beginning(flow, ctx, asked)) };

  const browser = findBrowser(ctx);
  const request = browser && (await findSignInRequest(store.db, asked.request, browser));
  if (!request || request.flow !== flow.slug) {
    return {
      elsewhere: seeOther(flowPath(flow.slug), visit.viewer ? undefined : 'signin.restarted.unknown'),
    };
  }
  if (request.finishedAt) return { elsewhere: seeOther(request.returnTo) };
  // Where it was to lead knows best what is still needed, and asks for it again.
  if (request.expiresAt <= visit.now) {
    return { elsewhere: seeOther(request.returnTo, 'signin.restarted.expired') };
  }
  speak(ctx, store.texts, request.requirements.uiLocales);
  return { run: await resumeRun(store, visitOf(ctx), request) };
}

/** The address of the run's next page. */
export function addressOf(run: Run): string {
  const query = new URLSearchParams();
  if (run.id !== undefined) query.set('request', run.id);
  else if (run.returnTo !== undefined) query.set('next', run.returnTo);
  if (run.id === undefined && run.requirements.forceLogin) query.set('again', '1');
  return query.size === 0 ? flowPath(run.flow) : `${flowPath(run.flow)}?${query}`;
}

function beginning(flow: Flow, ctx: Context, { next, again }: Asked) {
  return {
    flow: flow.slug,
    token: tokenOf(ctx),
    returnTo: sameOriginPath(next),
    requirements: again === '1' ? { forceLogin: true } : {},
  };
}

/** authentik's names for them. From the address alone: what is shown again after a mistake holds no tokens. */
function tokenOf({ query }: Context): string | undefined {
  const token = query.flow_token ?? query.itoken;
  return typeof token === 'string' && token !== '' ? token : undefined;
}

function visitOf(ctx: Context): Visit {
  const { t, viewer, clientAddress, requestId, origin } = ctx.state;
  const client = { address: clientAddress, userAgent: ctx.get('user-agent').slice(0, 255) };
  const browser = { browserHash: findBrowserHash(ctx), trustTokenOf: readTrustTokens(ctx) };
  return { t, viewer, client, origin, ...browser, requestId, now: new Date() };
}
