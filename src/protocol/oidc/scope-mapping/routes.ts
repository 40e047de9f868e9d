// /if/admin/applications/<slug>/claims/: what an application is told about people, for whom of them what, and claims
// of its own.
import { z } from 'zod';
import { getApplicationBySlug } from '../../../identity/application/application.ts';
import { findUserByLogin } from '../../../identity/user/user.ts';
import { recordAct } from '../../../operation/admin/audit.ts';
import { applicationModel } from '../../../operation/admin/model.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import { type InvalidInput, NotFound } from '../../../platform/problem/problem.ts';
import type { Page } from '../../../platform/view/page.ts';
import type { Sandbox } from '../../provider/expression/sandbox.ts';
import { findClientBySlug, type OAuth2Provider } from '../client.ts';
import { deleteOwnClaim, setOwnClaim } from '../own-claim.ts';
import { previewClaims } from '../preview.ts';
import { claimForm, sourceOf } from './form.ts';
import { claimsPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly sandbox: Sandbox;
}

const ROOT = '/if/admin/applications/:application/claims/';

const shown = z.object({ application: z.string(), username: z.string().trim().default('') });
const removed = z.object({ application: z.string(), mapping: z.uuid(), claim: z.string() });

type Typed = Readonly<Record<string, unknown>>;

export function claimRoutes(needs: Needs): Route[] {
  const again = (ctx: Context, _: InvalidInput, typed: Typed) =>
    showClaims(needs, ctx, shown.parse({ application: typed.application }));
  return [
    get(ROOT, administrator, shown, (ctx, input) => showClaims(needs, ctx, input)),
    post(ROOT, administrator, claimForm, (ctx, form) => setClaim(needs, ctx, form), { again }),
    post(`${ROOT}:mapping/delete/`, administrator, removed, (ctx, input) => removeClaim(needs, ctx, input)),
  ];
}

async function showClaims(needs: Needs, ctx: Context, input: z.output<typeof shown>): Promise<Page> {
  const { db } = needs;
  const application = await getApplicationBySlug(db, input.application);
  const client = await getClient(db, ctx, input.application);
  const user = input.username === '' ? undefined : await findUserByLogin(db, input.username);
  const preview = user && (await previewClaims(needs, client, user, ctx.state.origin));
  return claimsPage(ctx.state.t, { application, client, username: input.username, preview });
}

async function setClaim(
  { db, changes }: Needs,
  ctx: Context,
  form: z.output<typeof claimForm>,
): Promise<Answer> {
  const application = await getApplicationBySlug(db, form.application);
  const client = await getClient(db, ctx, form.application);
  const { scope, claim } = form;
  const source = sourceOf(form, ctx.state.t('admin.claims.tableForm'));
  await setOwnClaim(db, changes, client, { scope, claim, source });
  await recordAct(db, ctx, 'model_updated', applicationModel(application), { claim });
  return seeOther(pathOf(application.slug), 'admin.claims.saved');
}

async function removeClaim(
  { db, changes }: Needs,
  ctx: Context,
  { application: slug, mapping, claim }: z.output<typeof removed>,
): Promise<Answer> {
  const application = await getApplicationBySlug(db, slug);
  await deleteOwnClaim(db, changes, await getClient(db, ctx, slug), mapping, claim);
  await recordAct(db, ctx, 'model_updated', applicationModel(application), { claim_removed: claim });
  return seeOther(pathOf(slug), 'admin.claims.removed');
}

const pathOf = (slug: string) => ROOT.replace(':application', slug);

async function getClient(db: Db, ctx: Context, slug: string): Promise<OAuth2Provider> {
  const client = await findClientBySlug(db, slug);
  if (!client) throw new NotFound(ctx.state.t('problem.notFound'));
  return client;
}
