// /if/admin/applications/create/proxy/ and /if/admin/applications/<slug>/proxy/: administrators put applications behind
// a proxy, and find there what to write into it.
import { z } from 'zod';
import { type Application, getApplicationBySlug } from '../../../identity/application/application.ts';
import { suggestSlug } from '../../../identity/application/form.ts';
import { listGroups } from '../../../identity/group/group.ts';
import { recordAct } from '../../../operation/admin/audit.ts';
import { applicationModel } from '../../../operation/admin/model.ts';
import type { Config } from '../../../platform/config/config.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { ProxyMode } from '../../../platform/database/generated/enums.ts';
import { chosen } from '../../../platform/http/choice.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import { type FieldErrors, InvalidInput, NotFound } from '../../../platform/problem/problem.ts';
import type { Page } from '../../../platform/view/page.ts';
import { listProviders } from '../../provider/provider.ts';
import { listAdditionalNames } from '../provider/additional-name.ts';
import { getProxyProvider, type ProxyProvider } from '../provider/proxy-provider.ts';
import { type SnippetKind, snippetKindsFor } from '../snippet/snippet.ts';
import { createForm, settingsForm, settingsOf } from './form.ts';
import { createProxyApplication, findFaultySettings, updateProxySettings } from './proxy-application.ts';
import {
  APPLICATIONS,
  type ClientChoice,
  CREATE,
  createPage,
  detailPage,
  editPage,
  modePage,
  proxyPathOf,
} from './views.ts';

interface Needs {
  readonly config: Pick<Config, 'url'>;
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const ONE = `${APPLICATIONS}:application/proxy/`;
const HOST = /^[\w.-]+(?::\d{1,5})?$/;

const nothing = z.object({});
const named = z.object({ application: z.string() });
const shown = named.extend({
  for: z.string().optional(),
  gatelodge: z.string().trim().regex(HOST).optional().catch(undefined),
});
const edited = settingsForm.extend(named.shape);

type Named = z.output<typeof named>;
type Typed = Readonly<Record<string, unknown>>;

export function proxyApplicationRoutes(needs: Needs): Route[] {
  const editAgain = {
    again: (ctx: Context, _: InvalidInput, typed: Typed) => showEdit(needs, ctx, named.parse(typed), typed),
  };
  return [
    get(CREATE, administrator, nothing, (ctx) => modePage(ctx.state.t)),
    ...creationOf(needs, 'forward_single'),
    ...creationOf(needs, 'forward_domain'),
    ...creationOf(needs, 'proxy'),
    get(ONE, administrator, shown, (ctx, input) => showDetail(needs, ctx, input)),
    get(`${ONE}edit/`, administrator, named, (ctx, input) => showEdit(needs, ctx, input)),
    post(`${ONE}edit/`, administrator, edited, (ctx, form) => edit(needs, ctx, form), editAgain),
  ];
}

/** A form for each mode: two or three fields instead of all. */
function creationOf(needs: Needs, mode: ProxyMode): Route[] {
  const path = `${CREATE}${mode.replace('_', '-')}/`;
  const again = (ctx: Context, _: InvalidInput, typed: Typed) => showCreate(needs, ctx, mode, typed);
  return [
    get(path, administrator, nothing, (ctx) => showCreate(needs, ctx, mode)),
    post(path, administrator, createForm, (ctx, form) => create(needs, ctx, { ...form, mode }), { again }),
  ];
}

/** More are found by name, in the API or on the command line. */
const MAX_CHOICES = 500;

async function showCreate({ db }: Needs, ctx: Context, mode: ProxyMode, typed: Typed = {}): Promise<Page> {
  const { results } = await listGroups(db, { take: MAX_CHOICES });
  const groups = results.map((group) => ({
    ...group,
    isChosen: chosen.parse(typed.groups).includes(group.id),
  }));
  const clients = await listClients(db, chosen.parse(typed.jwt_federation_providers));
  return createPage(ctx.state.t, mode, { groups, clients });
}

async function create(
  { db, changes, vault }: Needs,
  ctx: Context,
  form: z.output<typeof createForm>,
): Promise<Answer> {
  const slug = suggestSlug(form.name);
  refuse({
    ...(slug === '' && { name: ['admin.proxy.errors.nameWithoutLetters'] }),
    ...faultsOf(ctx, form),
  });
  const { application } = await createProxyApplication(db, changes, vault, {
    application: { name: form.name, slug },
    provider: settingsOf(form),
    groupIds: form.groups,
  }).catch((error: unknown) => {
    throw isSlugAtFault(error) ? new InvalidInput({ name: [nameTaken(slug)] }, { cause: error }) : error;
  });
  await recordAct(db, ctx, 'model_created', applicationModel(application));
  return seeOther(proxyPathOf(application), 'admin.applications.created');
}

/** The form has no slug: it comes of the name. */
function isSlugAtFault(error: unknown): boolean {
  return error instanceof InvalidInput && 'slug' in error.fields;
}

function nameTaken(slug: string) {
  return { text: 'admin.proxy.errors.nameTaken', values: { slug }, at: '' };
}

/** All at once, so that nobody has to try again for each. */
function refuse(faults: FieldErrors): void {
  if (Object.keys(faults).length > 0) throw new InvalidInput(faults);
}

/** A whole domain may well have our own host as the one that people are sent to. */
function faultsOf(ctx: Context, form: z.output<typeof settingsForm>): FieldErrors {
  const { mode, external_host: address } = form;
  const isOwn = mode !== 'forward_domain' && URL.parse(address)?.host === new URL(ctx.state.origin).host;
  return {
    ...(isOwn && { external_host: ['admin.proxy.errors.ownAddress'] }),
    ...findFaultySettings(settingsOf(form)),
  };
}

async function showDetail({ config, db }: Needs, ctx: Context, input: z.output<typeof shown>): Promise<Page> {
  const { application, provider } = await getProxied(db, input);
  const kinds = snippetKindsFor(provider);
  const kind = kinds.find((each) => each === input.for) ?? kinds[0] ?? ('nginx' satisfies SnippetKind);
  const additionalNames = await listAdditionalNames(db);
  const clients = await listTrusted(db, provider);
  return detailPage(ctx.state.t, {
    application,
    provider,
    trustedClients: clients.filter(({ isChosen }) => isChosen).map(({ name }) => name),
    kind,
    gatelodge: input.gatelodge,
    additionalNames,
    origin: ctx.state.origin,
    url: config.url,
  });
}

async function showEdit({ db }: Needs, ctx: Context, input: Named, typed?: Typed): Promise<Page> {
  const { application, provider } = await getProxied(db, input);
  const clients = await listTrusted(db, provider, typed);
  return editPage(ctx.state.t, application, provider, clients);
}

function listTrusted(db: Db, provider: ProxyProvider, typed?: Typed): Promise<ClientChoice[]> {
  const { providerId, jwtFederationProviders } = provider;
  const trusted = typed ? chosen.parse(typed.jwt_federation_providers) : jwtFederationProviders.map(String);
  return listClients(db, trusted, providerId);
}

/** Whose access tokens may open an application: all clients but itself, with those that do now. */
async function listClients(db: Db, trusted: readonly string[], ownId = 0): Promise<ClientChoice[]> {
  const where = { oauth2: { isNot: null }, application: { isNot: null }, id: { not: ownId } };
  const orderBy = [{ application: { name: 'asc' as const } }];
  const { results } = await listProviders(db, { where, orderBy, take: MAX_CHOICES });
  return results.map(({ id, type, name, application }) => ({
    id,
    name: application?.name ?? name,
    isProxied: type === 'proxy',
    isChosen: trusted.includes(String(id)),
  }));
}

async function edit({ db, changes }: Needs, ctx: Context, form: z.output<typeof edited>): Promise<Answer> {
  const { application, provider } = await getProxied(db, form);
  refuse(faultsOf(ctx, { ...form, mode: provider.mode }));
  const settings = settingsOf({ ...form, mode: provider.mode });
  // Said outright, or left to us: the form does not tell them apart.
  const interactiveOnly = settings.interactiveOnly ?? (provider.interactiveOnly || null);
  await updateProxySettings(db, changes, provider.providerId, { ...settings, interactiveOnly });
  await recordAct(db, ctx, 'model_updated', applicationModel(application));
  return seeOther(proxyPathOf(application), 'admin.applications.saved');
}

async function getProxied(
  db: Db,
  { application: slug }: Named,
): Promise<{ application: Application; provider: ProxyProvider }> {
  const application = await getApplicationBySlug(db, slug);
  const { provider } = application;
  if (provider?.type !== 'proxy') throw new NotFound('This application is behind no proxy.');
  return { application, provider: await getProxyProvider(db, provider.id) };
}
