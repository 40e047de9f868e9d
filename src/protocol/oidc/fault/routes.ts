// /if/admin/applications/<slug>/faults/: administrators put right what made a client's request fail.
import { z } from 'zod';
import { getApplicationBySlug } from '../../../identity/application/application.ts';
import { recordAct } from '../../../operation/admin/audit.ts';
import { applicationModel } from '../../../operation/admin/model.ts';
import { inFormFields } from '../../../operation/admin/oidc-application.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import { NotFound } from '../../../platform/problem/problem.ts';
import { getOAuth2Provider, type OAuth2Provider, updateOAuth2Provider } from '../client.ts';
import { redirectUri } from '../client-fields.ts';
import { deleteClientFaults, findClientFault } from './client-fault.ts';
import { addRedirectUriPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const FAULTS = '/if/admin/applications/:application/faults/';

const named = z.object({ application: z.string() });
/** What the page showed: another request may have come in between, with another address. */
const confirmed = named.extend({ redirect_uri: z.string().min(1) });

export function clientFaultRoutes(needs: Needs): Route[] {
  return [
    get(`${FAULTS}redirect-uri/`, administrator, named, (ctx, input) => showAdd(needs, ctx, input)),
    post(`${FAULTS}redirect-uri/`, administrator, confirmed, (ctx, input) => add(needs, ctx, input), {
      again: (ctx, _problem, typed) => showAdd(needs, ctx, confirmed.parse(typed)),
    }),
    post(`${FAULTS}dismiss/`, administrator, named, (ctx, input) => dismiss(needs, ctx, input)),
  ];
}

interface Asked extends z.output<typeof named> {
  readonly redirect_uri?: string;
}

async function showAdd({ db }: Needs, ctx: Context, { application: slug, redirect_uri: typed }: Asked) {
  const { application, client } = await getClientOf(db, ctx, slug);
  const fault = await findClientFault(db, client.providerId, 'redirect_uri');
  const sent = typed ?? fault?.sent;
  return sent ? addRedirectUriPage(ctx.state.t, application, client, sent) : seeOther(pathOf(slug));
}

async function add(
  { db, changes, vault }: Needs,
  ctx: Context,
  { application: slug, redirect_uri: url }: z.output<typeof confirmed>,
): Promise<Answer> {
  const { application, client } = await getClientOf(db, ctx, slug);
  const registered = client.redirectUris.map(({ matchingMode, purpose, url: known }) =>
    redirectUri.parse({ matchingMode, purpose, url: known }),
  );
  const patch = { redirectUris: [...registered, { url }] };
  await updateOAuth2Provider(db, changes, vault, client.providerId, patch).catch(inFormFields);
  await deleteClientFaults(db, client.providerId, 'redirect_uri');
  await recordAct(db, ctx, 'model_updated', applicationModel(application), { redirect_uri: url });
  return seeOther(pathOf(slug), 'admin.faults.redirectUriAdded');
}

async function dismiss({ db }: Needs, ctx: Context, { application: slug }: z.output<typeof named>) {
  const { client } = await getClientOf(db, ctx, slug);
  await deleteClientFaults(db, client.providerId);
  return seeOther(pathOf(slug), 'admin.faults.dismissed');
}

const pathOf = (slug: string) => `/if/admin/applications/${encodeURIComponent(slug)}/`;

async function getClientOf(db: Db, ctx: Context, slug: string) {
  const application = await getApplicationBySlug(db, slug);
  if (application.provider?.type !== 'oauth2') throw new NotFound(ctx.state.t('problem.notFound'));
  const client: OAuth2Provider = await getOAuth2Provider(db, application.provider.id);
  return { application, client };
}
