// /if/admin/applications/: administrators make and keep applications.
import { z } from 'zod';
import { recordAct, recordSecretView } from '../../operation/admin/audit.ts';
import { applicationModel } from '../../operation/admin/model.ts';
import {
  createOidcApplication,
  deleteApplicationAndProvider,
  updateOidcApplication,
} from '../../operation/admin/oidc-application.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db, Sql } from '../../platform/database/database.ts';
import { chosen } from '../../platform/http/choice.ts';
import type { Context } from '../../platform/http/context.ts';
import { administrator, recentAdministrator } from '../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../platform/http/route.ts';
import type { InvalidInput } from '../../platform/problem/problem.ts';
import type { Page } from '../../platform/view/page.ts';
import { findClientBySlug, getClientSecret, rotateClientSecret } from '../../protocol/oidc/client.ts';
import { listClientFaults } from '../../protocol/oidc/fault/client-fault.ts';
import { listNoticeOutcomes } from '../../protocol/oidc/logout/logout-notice.ts';
import { listBindings } from '../access/binding.ts';
import { listGroups } from '../group/group.ts';
import { getApplicationBySlug, listApplications } from './application.ts';
import { applicationOf, clientOf, createForm, editForm } from './form.ts';
import { hasLaunchUrl } from './launch-url.ts';
import { createPage, deletePage, detailPage, editPage, listPage, pathOf } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly sql: Sql;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const ROOT = '/if/admin/applications/';
const ONE = `${ROOT}:application/`;

const nothing = z.object({});
const searched = z.object({ search: z.string().trim().default('') });
// Not `slug`: that is the name of a field in the form, and path parameters win over fields.
const named = z.object({ application: z.string() });
const edited = editForm.extend(named.shape);

export function applicationRoutes(needs: Needs): Route[] {
  const createAgain = {
    again: (ctx: Context, _: InvalidInput, typed: Typed) => showCreate(needs, ctx, typed),
  };
  const editAgain = {
    again: (ctx: Context, _: InvalidInput, typed: Typed) => showEdit(needs, ctx, named.parse(typed)),
  };
  return [
    get(ROOT, administrator, searched, (ctx, input) => showList(needs, ctx, input)),
    get(`${ROOT}create/other/`, administrator, nothing, (ctx) => showCreate(needs, ctx)),
    post(
      `${ROOT}create/other/`,
      administrator,
      createForm,
      (ctx, form) => create(needs, ctx, form),
      createAgain,
    ),
    get(ONE, administrator, named, (ctx, input) => showApplication(needs, ctx, input)),
    get(`${ONE}edit/`, administrator, named, (ctx, input) => showEdit(needs, ctx, input)),
    post(`${ONE}edit/`, administrator, edited, (ctx, form) => edit(needs, ctx, form), editAgain),
    post(`${ONE}rotate-secret/`, recentAdministrator, named, (ctx, input) => rotateSecret(needs, ctx, input)),
    get(`${ONE}delete/`, administrator, named, (ctx, input) => showDelete(needs, ctx, input)),
    post(`${ONE}delete/`, administrator, named, (ctx, input) => remove(needs, ctx, input)),
  ];
}

type Named = z.output<typeof named>;
type Typed = Readonly<Record<string, unknown>>;

async function showList({ db }: Needs, ctx: Context, { search }: z.output<typeof searched>): Promise<Page> {
  const contains = { contains: search, mode: 'insensitive' } as const;
  const applications = await listApplications(db, {
    where: { OR: [{ name: contains }, { slug: contains }] },
  });
  const { results } = await listBindings(db, { take: applications.length * 100 });
  const bindingsOf = Map.groupBy(results, ({ applicationId }) => applicationId);
  const listed = applications.map((application) => ({
    application,
    bindings: bindingsOf.get(application.id) ?? [],
    isLaunchable: hasLaunchUrl(application),
  }));
  return listPage(ctx.state.t, listed, search);
}

async function showCreate({ db }: Needs, ctx: Context, typed: Typed = {}): Promise<Page> {
  const { results } = await listGroups(db, { take: MAX_CHOICES });
  return createPage(ctx.state.t, results, chosen.parse(typed.groups));
}

async function create(needs: Needs, ctx: Context, form: z.output<typeof createForm>): Promise<Answer> {
  const { db, changes, vault } = needs;
  const { application } = await createOidcApplication(db, changes, vault, {
    application: applicationOf(form),
    client: clientOf(form),
    redirectUris: form.redirect_uris,
    groupIds: form.groups,
  });
  await recordAct(db, ctx, 'model_created', applicationModel(application));
  return seeOther(pathOf(application), 'admin.applications.created');
}

/** More are found by name, in the API or on the command line. */
const MAX_CHOICES = 500;

/** The application's page. */
export async function showApplication(
  { db, sql, vault }: Needs,
  ctx: Context,
  { application: slug }: Named,
): Promise<Page> {
  const application = await getApplicationBySlug(db, slug);
  const client = await findClientBySlug(db, slug);
  const { results: bindings } = await listBindings(db, {
    where: { applicationId: application.id },
    take: MAX_CHOICES,
  });
  const { results: groups } = await listGroups(db, { take: MAX_CHOICES });
  const isSecretShown = client?.clientType === 'confidential';
  if (isSecretShown) await recordSecretView(db, ctx, applicationModel(application));
  return detailPage(ctx.state.t, {
    application,
    bindings,
    groups,
    client,
    clientSecret: client && getClientSecret(vault, client),
    isLaunchable: hasLaunchUrl(application),
    origin: ctx.state.origin,
    language: ctx.state.language,
    faults: client ? await listClientFaults(db, client.providerId) : [],
    notices: client ? await listNoticeOutcomes(sql, client.providerId) : [],
  });
}

async function showEdit({ db }: Needs, ctx: Context, { application: slug }: Named): Promise<Page> {
  const application = await getApplicationBySlug(db, slug);
  return editPage(ctx.state.t, application, await findClientBySlug(db, slug));
}

async function edit(needs: Needs, ctx: Context, form: z.output<typeof edited>): Promise<Answer> {
  const { db, changes, vault } = needs;
  const before = await getApplicationBySlug(db, form.application);
  const application = await updateOidcApplication(db, changes, vault, before, {
    application: applicationOf(form),
    client: clientOf(form),
    redirectUris: form.redirect_uris,
  });
  await recordAct(db, ctx, 'model_updated', applicationModel(application));
  return seeOther(pathOf(application), 'admin.applications.saved');
}

async function rotateSecret(needs: Needs, ctx: Context, { application: slug }: Named): Promise<Answer> {
  const { db, changes, vault } = needs;
  const application = await getApplicationBySlug(db, slug);
  const client = await findClientBySlug(db, slug);
  if (client) await rotateClientSecret(db, changes, vault, client.providerId);
  await recordAct(db, ctx, 'secret_rotate', applicationModel(application));
  return seeOther(pathOf(application), 'admin.applications.rotated');
}

async function showDelete({ db }: Needs, ctx: Context, { application: slug }: Named): Promise<Page> {
  return deletePage(ctx.state.t, await getApplicationBySlug(db, slug));
}

async function remove({ db, changes }: Needs, ctx: Context, { application: slug }: Named): Promise<Answer> {
  const application = await getApplicationBySlug(db, slug);
  await deleteApplicationAndProvider(db, changes, application);
  await recordAct(db, ctx, 'model_deleted', applicationModel(application));
  return seeOther(ROOT, 'admin.applications.deleted');
}
