// /if/user/tokens/: app passwords, for programs that cannot sign in as people do, and tokens for scripts that call the
// API. Each is shown once, expires, and can be taken back.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { deleteToken, findToken, issueToken, listTokens } from '../../../identity/token/token.ts';
import { longestLifeDays, refuseExcess } from '../../../identity/token/token-right.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import { recentlySignedIn, signedIn, viewerOf } from '../../../platform/http/guard.ts';
import { type Answer, get, type Route, seeOther, post as submit } from '../../../platform/http/route.ts';
import type { Page } from '../../../platform/view/page.ts';
import { recordAct } from '../../admin/audit.ts';
import { tokenModel } from '../../admin/model.ts';
import { createPage, INTENTS, keyPage, tokensPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly vault: Vault;
}

const ROOT = '/if/user/tokens/';
const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_LISTED = 200;

const nothing = z.object({});
const one = z.object({ identifier: z.string().max(255) });
const created = z.object({
  intent: z.enum(INTENTS),
  description: z.string().trim().min(1).max(100),
  days: z.coerce.number().int().min(1).max(360),
});

export function tokenRoutes(needs: Needs): Route[] {
  return [
    get(ROOT, signedIn, nothing, (ctx) => showList(needs, ctx)),
    get(`${ROOT}create/`, recentlySignedIn, nothing, showCreate),
    submit(`${ROOT}create/`, recentlySignedIn, created, (ctx, form) => create(needs, ctx, form), {
      again: showCreate,
    }),
    submit(`${ROOT}:identifier/delete/`, signedIn, one, (ctx, input) => remove(needs, ctx, input)),
  ];
}

async function showList({ db }: Needs, ctx: Context): Promise<Page> {
  const where = { userId: viewerOf(ctx).userId, intent: { in: [...INTENTS] } };
  const { results } = await listTokens(db, { where, orderBy: [{ createdAt: 'desc' }], take: MAX_LISTED });
  return tokensPage(ctx.state, results);
}

function showCreate(ctx: Context): Page {
  const viewer = viewerOf(ctx);
  return createPage(ctx.state.t, (intent) => longestLifeDays(intent, viewer));
}

/** The key is on this one answer and nowhere else. */
async function create({ db, vault }: Needs, ctx: Context, form: z.output<typeof created>): Promise<Page> {
  const viewer = viewerOf(ctx);
  const { intent, description, days } = form;
  const expiresAt = new Date(Date.now() + days * DAY_MS);
  const wish = { userId: viewer.userId, intent, expiresAt };
  refuseExcess(wish, viewer);
  const { token, key } = await issueToken(db, vault, {
    ...wish,
    description,
    identifier: `${intent}-${randomUUID()}`,
    isShownOnce: true,
  });
  await recordAct(db, ctx, 'model_created', tokenModel(token));
  return keyPage(ctx.state, { token, key, username: viewer.username });
}

/** Somebody else's and none are not told apart, and neither is an error to act on. */
async function remove({ db }: Needs, ctx: Context, { identifier }: z.output<typeof one>): Promise<Answer> {
  const token = await findToken(db, identifier);
  if (token?.userId === viewerOf(ctx).userId) {
    await deleteToken(db, identifier);
    await recordAct(db, ctx, 'model_deleted', tokenModel(token));
  }
  return seeOther(ROOT, 'portal.tokens.deleted');
}
