// The portal, /if/user/: the application library, and everybody's own sessions and consents.
import { z } from 'zod';
import { checkAccess } from '../../identity/access/access-query.ts';
import { listConsents } from '../../identity/access/consent.ts';
import { findApplicationBySlug } from '../../identity/application/application.ts';
import { launchUrlOf } from '../../identity/application/launch-url.ts';
import { getUser } from '../../identity/user/user.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Sql } from '../../platform/database/sql.ts';
import type { Context } from '../../platform/http/context.ts';
import { anyone, signedIn, viewerOf } from '../../platform/http/guard.ts';
import { type Answer, get, post, type Redirect, type Route, seeOther } from '../../platform/http/route.ts';
import { Forbidden, NotFound } from '../../platform/problem/problem.ts';
import type { Page } from '../../platform/view/page.ts';
import type { ArtefactStore } from '../../protocol/oidc/artefact/store.ts';
import { withdrawConsent } from '../../protocol/oidc/issued/withdraw-consent.ts';
import { farewellPath } from '../../protocol/oidc/logout/front-channel.ts';
import { takeSession } from '../../signin/session/browser-session.ts';
import type { Sessions } from '../../signin/session/session.ts';
import { recordAct } from '../admin/audit.ts';
import { applicationModel, userModel } from '../admin/model.ts';
import { findLibrary } from './library.ts';
import { listSessions } from './session-list.ts';
import { consentsPage, libraryPage, sessionsPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly sql: Sql;
  readonly changes: Publisher;
  readonly artefacts: ArtefactStore;
  readonly sessions: Sessions;
  readonly vault: Vault;
}

const nothing = z.object({});
const searched = z.object({ search: z.string().trim().default('') });
const application = z.object({ slug: z.string() });
const session = z.object({ id: z.uuid() });

export function accountRoutes(needs: Needs): Route[] {
  return [
    // Where nobody has moved in yet, the way to the library leads through the set-up.
    get('/', anyone, nothing, () => seeOther('/if/user/')),
    get('/if/user/', signedIn, searched, (ctx, input) => showLibrary(needs, ctx, input)),
    get('/application/launch/:slug/', signedIn, application, (ctx, input) => launch(needs, ctx, input)),
    get('/if/user/sessions/', signedIn, nothing, (ctx) => showSessions(needs, ctx)),
    post('/if/user/sessions/:id/end/', signedIn, session, (ctx, input) => endSession(needs, ctx, input)),
    post('/if/user/sessions/end-others/', signedIn, nothing, (ctx) => endOtherSessions(needs, ctx)),
    post('/if/user/sessions/end-all/', signedIn, nothing, (ctx) => endAllSessions(needs, ctx)),
    get('/if/user/consents/', signedIn, nothing, (ctx) => showConsents(needs, ctx)),
    post('/if/user/consents/:slug/revoke/', signedIn, application, (ctx, input) => revoke(needs, ctx, input)),
  ];
}

async function showLibrary(
  { db }: Needs,
  ctx: Context,
  { search }: z.output<typeof searched>,
): Promise<Page> {
  return libraryPage(ctx.state.t, await findLibrary(db, viewerOf(ctx).userId, search), search);
}

async function launch({ db }: Needs, ctx: Context, { slug }: z.output<typeof application>): Promise<Answer> {
  const { t } = ctx.state;
  const { userId } = viewerOf(ctx);
  const found = await findApplicationBySlug(db, slug);
  if (!found) throw new NotFound(t('portal.noSuchApplication'));
  const { isAllowed } = await checkAccess(db, found, userId);
  if (!isAllowed) throw new Forbidden(t('portal.mayNotOpen', { name: found.name }));
  const address = launchUrlOf(found, await getUser(db, userId));
  if (address === undefined) throw new NotFound(t('portal.noAddress', { name: found.name }));
  return seeOther(address);
}

async function showSessions(needs: Needs, ctx: Context): Promise<Page> {
  const { userId, sessionId } = viewerOf(ctx);
  return sessionsPage(ctx.state, await listSessions(needs, userId), sessionId);
}

async function endSession(needs: Needs, ctx: Context, { id }: z.output<typeof session>): Promise<Answer> {
  const { db, sessions } = needs;
  const { userId, sessionId } = viewerOf(ctx);
  const user = await getUser(db, userId);
  const own = await sessions.list(user.id);
  // Ended already, or somebody else's: neither is told apart from the other, and neither is an error to act on.
  if (own.some((one) => one.id === id)) {
    const goodbye = id === sessionId ? await sayGoodbye(needs, ctx, id) : undefined;
    await sessions.end(id);
    await recordAct(db, ctx, 'logout', userModel(user), { session: id });
    if (goodbye) return goodbye;
  }
  return seeOther('/if/user/sessions/', 'portal.sessions.ended');
}

async function endOtherSessions({ db, sessions }: Needs, ctx: Context): Promise<Answer> {
  const { userId, sessionId } = viewerOf(ctx);
  const user = await getUser(db, userId);
  await sessions.endAllOf(userId, sessionId);
  await recordAct(db, ctx, 'logout', userModel(user), { sessions: 'all others' });
  return seeOther('/if/user/sessions/', 'portal.sessions.othersEnded');
}

/** This browser too: the next page is the sign-in. */
async function endAllSessions(needs: Needs, ctx: Context): Promise<Answer> {
  const { db, sessions } = needs;
  const { userId, sessionId } = viewerOf(ctx);
  const user = await getUser(db, userId);
  const goodbye = await sayGoodbye(needs, ctx, sessionId);
  await sessions.endAllOf(user.id);
  await recordAct(db, ctx, 'logout', userModel(user), { sessions: 'all' });
  return goodbye;
}

/** Takes this browser's session away, and leads by the page that tells applications so, if one can only be told here. */
async function sayGoodbye({ sql, vault }: Needs, ctx: Context, sessionId = ''): Promise<Redirect> {
  const farewell = await farewellPath(sql, vault, sessionId, '/if/user/');
  takeSession(ctx);
  return farewell === undefined ? seeOther('/if/user/', 'portal.sessions.allEnded') : seeOther(farewell);
}

async function showConsents({ db }: Needs, ctx: Context): Promise<Page> {
  return consentsPage(ctx.state, await listConsents(db, viewerOf(ctx).userId));
}

async function revoke(needs: Needs, ctx: Context, { slug }: z.output<typeof application>): Promise<Answer> {
  const { db } = needs;
  const { userId } = viewerOf(ctx);
  const found = await findApplicationBySlug(db, slug);
  const ended = found && (await withdrawConsent(needs, { userId, applicationId: found.id }));
  if (found && ended !== undefined) {
    const details = { consent: 'revoked', authorizations_ended: ended };
    await recordAct(db, ctx, 'model_updated', applicationModel(found), details);
  }
  return seeOther('/if/user/consents/', 'portal.consents.revoked');
}
