// /if/admin/applications/<slug>/advanced/: what only some clients need, in one form.
import { z } from 'zod';
import { getApplicationBySlug } from '../../../identity/application/application.ts';
import { recordAct } from '../../../operation/admin/audit.ts';
import { applicationModel } from '../../../operation/admin/model.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { chosen } from '../../../platform/http/choice.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import { type InvalidInput, NotFound } from '../../../platform/problem/problem.ts';
import type { Page } from '../../../platform/view/page.ts';
import { findClientBySlug, type OAuth2Provider, updateOAuth2Provider } from '../client.ts';
import { advancedForm, patchOf } from './form.ts';
import { advancedPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const ROOT = '/if/admin/applications/:application/advanced/';

const named = z.object({ application: z.string() });

type Typed = Readonly<Record<string, unknown>>;

export function advancedRoutes(needs: Needs): Route[] {
  const again = (ctx: Context, _: InvalidInput, typed: Typed) => show(needs, ctx, named.parse(typed), typed);
  return [
    get(ROOT, administrator, named, (ctx, input) => show(needs, ctx, input)),
    post(ROOT, administrator, advancedForm, (ctx, form) => edit(needs, ctx, form), { again }),
  ];
}

async function show(
  { db }: Needs,
  ctx: Context,
  { application: slug }: z.output<typeof named>,
  typed?: Typed,
): Promise<Page> {
  const application = await getApplicationBySlug(db, slug);
  const client = await getClient(db, ctx, slug);
  const grantTypes = typed ? chosen.parse(typed.grant_types) : client.grantTypes;
  return advancedPage(ctx.state.t, application, client, grantTypes);
}

async function edit(
  { db, changes, vault }: Needs,
  ctx: Context,
  form: z.output<typeof advancedForm>,
): Promise<Answer> {
  const application = await getApplicationBySlug(db, form.application);
  const client = await getClient(db, ctx, form.application);
  await updateOAuth2Provider(db, changes, vault, client.providerId, patchOf(form, client));
  await recordAct(db, ctx, 'model_updated', applicationModel(application), { settings: 'advanced' });
  return seeOther(`/if/admin/applications/${application.slug}/`, 'admin.applications.saved');
}

async function getClient(db: Db, ctx: Context, slug: string): Promise<OAuth2Provider> {
  const client = await findClientBySlug(db, slug);
  if (!client) throw new NotFound(ctx.state.t('problem.notFound'));
  return client;
}
