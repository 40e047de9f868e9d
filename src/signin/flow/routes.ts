// The pages of every flow. GET shows the stage that is due and writes nothing; POST takes one stage, and then either goes
// on to the next or ends the flow. Each answer to a POST is a redirect, so the back button and reloading are harmless.
import { z } from 'zod';
import { MFA } from '../../identity/access/mfa-demand.ts';
import { isSetUp } from '../../identity/installation/installation.ts';
import { randomToken } from '../../platform/crypto/random.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import type { Context } from '../../platform/http/context.ts';
import { anyone } from '../../platform/http/guard.ts';
import { type Answer, get, post, type Redirect, type Route, seeOther } from '../../platform/http/route.ts';
import type { Post } from '../../platform/mail/post.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import type { Page } from '../../platform/view/page.ts';
import type { Texts } from '../../platform/view/texts.ts';
import { browserOf, findBrowser, nameBrowser } from '../session/browser.ts';
import { giveSession, takeSession } from '../session/browser-session.ts';
import { rememberBrowser } from '../session/known-browser.ts';
import type { Sessions } from '../session/session.ts';
import { deleteSignInRequests, moveSignInRequests } from '../session/sign-in-request.ts';
import { mayTrustDevices, trustDevice } from '../session/trusted-device.ts';
import { finishRun } from './finish.ts';
import { type Flow, type FlowTable, findDueStage, flowPath, type Stage, stageToSubmit } from './flow.ts';
import { writeNewBrowserLetter } from './new-browser.ts';
import { addressOf, openRun } from './opening.ts';
import { type Run, saveRun } from './run.ts';
import { continuePage } from './views.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly vault: Vault;
  readonly sessions: Sessions;
  readonly post: Post;
  readonly texts: Texts;
  readonly flows: FlowTable;
}

const AUTHENTICATION = 'default-authentication-flow';
const SET_UP = 'initial-setup';

const text = z.string().optional().catch(undefined);
/** What addresses a page of a flow; the stages read the rest for themselves. */
const asked = z.looseObject({
  slug: z.string(),
  request: z.uuid().optional().catch(undefined),
  next: text,
  again: text,
  stage: text,
});
type Input = z.output<typeof asked>;

export function flowRoutes(needs: Needs): Route[] {
  return [
    get('/if/flow/:slug/', anyone, asked, (ctx, input) => show(needs, ctx, input)),
    post('/if/flow/:slug/', anyone, asked, (ctx, input) => submit(needs, ctx, input), {
      again: (ctx, _problem, typed) => showAgain(needs, ctx, asked.parse(typed)),
    }),
  ];
}

async function show(needs: Needs, ctx: Context, input: Input): Promise<Answer> {
  const { db, flows } = needs;
  const flow = getFlow(flows, ctx, input.slug);
  // Nobody can sign in before somebody has moved in.
  if (flow.slug === AUTHENTICATION && !(await isSetUp(db))) return seeOther(flowPath(SET_UP));
  const opening = await openRun(needs, flow, ctx, input);
  if ('elsewhere' in opening) return opening.elsewhere;
  const { run } = opening;
  const stage = await findDueStage(flow, run);
  if (stage) return stage.show(run);
  // All is established but the end was never reached (the server stopped in between): a GET may not end it.
  if (run.progress.proof) return continuePage(run);
  if (typeof flow.end === 'string' || run.returnTo !== undefined) return seeOther(destination(flow, run));
  return flow.end(run);
}

async function submit(needs: Needs, ctx: Context, input: Input): Promise<Answer> {
  const { flows } = needs;
  const flow = getFlow(flows, ctx, input.slug);
  const opening = await openRun(needs, flow, ctx, input);
  if ('elsewhere' in opening) return opening.elsewhere;
  const { run } = opening;

  const due = await findDueStage(flow, run);
  if (due) {
    const stage = stageToSubmit(flow, due, input.stage);
    if (!stage) return seeOther(addressOf(run));
    const hadProof = run.progress.proof !== undefined;
    await stage.submit(run, input);
    const next = await findDueStage(flow, run);
    if (next) return goOn(needs, ctx, { flow, run, hadProof, isNext: next !== stage, next });
  }
  return end(needs, ctx, flow, run);
}

/** The same stage once more, for `mount` to fill in what was typed and what was wrong with it. */
async function showAgain(needs: Needs, ctx: Context, input: Input): Promise<Page | Redirect> {
  const flow = getFlow(needs.flows, ctx, input.slug);
  const opening = await openRun(needs, flow, ctx, input);
  if ('elsewhere' in opening) return opening.elsewhere;
  const due = await findDueStage(flow, opening.run);
  const stage = due && stageToSubmit(flow, due, input.stage);
  return stage ? stage.show(opening.run) : seeOther(addressOf(opening.run));
}

interface Walk {
  readonly flow: Flow;
  readonly run: Run;
  /** Whether the person had proved anything before this step. */
  readonly hadProof: boolean;
  readonly next: Stage;
  /** False: the same stage again. */
  readonly isNext: boolean;
}

async function goOn(needs: Needs, ctx: Context, walk: Walk): Promise<Redirect> {
  const { flow, run, hadProof, next, isNext } = walk;
  const isFirst = run.id === undefined;
  const isNewlyProved = run.progress.proof !== undefined && !hadProof;
  const browser = isNewlyProved ? await renameBrowser(needs.db, ctx) : browserOf(ctx);
  await saveRun(needs, run, browser, destination(flow, run));
  if (isNext || isFirst) await next.begin?.(run);
  return seeOther(addressOf(run));
}

async function end(needs: Needs, ctx: Context, flow: Flow, run: Run): Promise<Redirect> {
  const started = await finishRun(needs, run);
  if (started) {
    giveSession(ctx, started.token, started.session.isPersistent);
    await noteBrowser(needs, ctx, run, started.session.userId);
    await noteTrust(needs, ctx, run, started.session.userId);
  }
  if (ctx.state.viewer && !run.viewer) await leave(needs, ctx);
  return seeOther(destination(flow, run), flow.notice);
}

async function noteBrowser({ db, post }: Needs, ctx: Context, run: Run, userId: number): Promise<void> {
  const { isSurprising } = await rememberBrowser(db, ctx, userId, run.now);
  if (isSurprising) post.sendLater(() => writeNewBrowserLetter(db, run, userId));
}

/** The wish of the person who has just used a second factor, if the rules still let them. */
async function noteTrust({ db }: Needs, ctx: Context, run: Run, userId: number): Promise<void> {
  const { trustsDevice, proof } = run.progress;
  if (!trustsDevice || !proof?.methods.includes(MFA) || !(await mayTrustDevices(db, userId))) return;
  await trustDevice(db, ctx, userId, run.now);
}

/** Whoever uses this browser next finds neither the session nor a sign-in to finish. */
async function leave({ db }: Needs, ctx: Context): Promise<void> {
  takeSession(ctx);
  const browser = findBrowser(ctx);
  if (browser !== undefined) await deleteSignInRequests(db, browser);
}

/** From here on the request carries proof: a cookie that somebody planted before must not lead to it (fixation). */
async function renameBrowser(db: PrismaClient, ctx: Context): Promise<string> {
  const before = findBrowser(ctx);
  const token = nameBrowser(ctx, randomToken());
  if (before !== undefined) await moveSignInRequests(db, before, token);
  return token;
}

function destination(flow: Flow, run: Run): string {
  return run.returnTo ?? (typeof flow.end === 'string' ? flow.end : flowPath(flow.slug));
}

function getFlow(flows: FlowTable, ctx: Context, slug: string): Flow {
  const flow = flows.get(slug);
  if (!flow) throw new NotFound(ctx.state.t('problem.notFound'));
  return flow;
}
