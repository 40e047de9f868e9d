// /api/v3/providers/oauth2/, propertymappings/provider/scope/ and crypto/certificatekeypairs/: for administrators.
import { z } from 'zod';
import { modelEvent } from '../../identity/event/actor.ts';
import { recordEvent } from '../../identity/event/event.ts';
import { getUser } from '../../identity/user/user.ts';
import { recordSecretView } from '../../operation/admin/audit.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { viewerOf } from '../../platform/http/guard.ts';
import { int32, text } from '../../platform/problem/field.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';
import { superuser } from '../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import type { Sandbox } from '../provider/expression/sandbox.ts';
import { deleteProvider } from '../provider/provider.ts';
import {
  createOAuth2Provider,
  getOAuth2Provider,
  listOAuth2Providers,
  type OAuth2Provider,
  updateOAuth2Provider,
} from './client.ts';
import { ENDPOINTS } from './configuration.ts';
import { issuerUrl } from './issuer.ts';
import { previewClaims } from './preview.ts';
import {
  keyPairId,
  oauth2ProviderFields,
  oauth2ProviderInput,
  oauth2ProviderShape,
  representOAuth2Provider,
} from './representation.ts';
import { isSigningAlgorithm, type SigningAlgorithm } from './signing-algorithm.ts';
import { listSigningKeys } from './signing-key.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly vault: Vault;
  readonly sandbox: Sandbox;
}

const key = z.object({ id: int32 });
const filters = z.object({ name: text.optional(), client_id: text.optional() });

export function oauth2ProviderApi(needs: Needs): Operation[] {
  return [setupUrlsOperation(needs.db), previewUserOperation(needs), ...oauth2Providers(needs)];
}

function oauth2Providers({ db, changes, vault }: Needs): Operation[] {
  const show = async (tx: Db, client: OAuth2Provider) =>
    representOAuth2Provider(vault, await listSigningKeys(tx), client);
  return resource({
    path: 'providers/oauth2',
    name: 'OAuth2Provider',
    key,
    shape: oauth2ProviderShape,
    fields: oauth2ProviderFields,
    filters,
    ordering: { pk: 'providerId', client_id: 'clientId' },

    list: async ({ query, search, orderBy, skip, take }) => {
      const where = {
        ...(query.client_id !== undefined && { clientId: query.client_id }),
        provider: { name: query.name ?? { contains: search, mode: 'insensitive' as const } },
      };
      const page = await listOAuth2Providers(db, { where, ...(orderBy && { orderBy }), skip, take });
      const keys = await listSigningKeys(db);
      const results = page.results.map((client) => {
        const { client_secret: _, ...shown } = representOAuth2Provider(vault, keys, client);
        return shown;
      });
      return { ...page, results };
    },
    get: async ({ ctx, parameters }) => {
      const client = await getOAuth2Provider(db, parameters.id);
      if (client.clientType === 'confidential') await recordSecretView(db, ctx, modelOf(client));
      return show(db, client);
    },
    create: ({ ctx, body }) =>
      inTransaction(db, changes, async (tx, publisher) => {
        const input = oauth2ProviderInput(body, await keyAlgorithm(tx, body.signing_key));
        const client = await createOAuth2Provider(tx, publisher, vault, { ...input, name: body.name });
        await recordEvent(tx, modelEvent(ctx, 'model_created', modelOf(client)));
        return show(tx, client);
      }),
    update: ({ ctx, parameters, body }) =>
      inTransaction(db, changes, async (tx, publisher) => {
        const input = oauth2ProviderInput(body, await keyAlgorithm(tx, body.signing_key));
        const patch = { ...input, name: body.name };
        const client = await updateOAuth2Provider(tx, publisher, vault, parameters.id, patch);
        await recordEvent(tx, modelEvent(ctx, 'model_updated', modelOf(client)));
        // The answer has the secret, old or new.
        if (client.clientType === 'confidential') await recordSecretView(tx, ctx, modelOf(client));
        return show(tx, client);
      }),
    delete: ({ ctx, parameters }) =>
      inTransaction(db, changes, async (tx, publisher) => {
        const client = await getOAuth2Provider(tx, parameters.id);
        await deleteProvider(tx, publisher, parameters.id);
        await recordEvent(tx, modelEvent(ctx, 'model_deleted', modelOf(client)));
      }),
  });
}

const setupUrls = z.object({
  issuer: z.url(),
  authorize: z.url(),
  token: z.url(),
  user_info: z.url(),
  provider_info: z.url(),
  logout: z.url(),
  jwks: z.url(),
});

function setupUrlsOperation(db: PrismaClient): Operation {
  return operation({
    id: 'providers_oauth2_setup_urls_retrieve',
    method: 'GET',
    path: 'providers/oauth2/{id}/setup_urls/',
    summary: 'The addresses to give to the service',
    guard: superuser,
    parameters: key,
    answer: setupUrls.meta({ title: 'OAuth2ProviderSetupURLs' }),
    handler: async ({ ctx, parameters }) => {
      const { provider, issuerMode } = await getOAuth2Provider(db, parameters.id);
      const { origin } = ctx.state;
      if (!provider.application) {
        throw new InvalidInput({ non_field_errors: ['No application uses this provider.'] });
      }
      const { slug } = provider.application;
      const own = `${origin}${ENDPOINTS}/${slug}`;
      return {
        issuer: issuerUrl(origin, slug, issuerMode),
        authorize: `${origin}${ENDPOINTS}/authorize/`,
        token: `${origin}${ENDPOINTS}/token/`,
        user_info: `${origin}${ENDPOINTS}/userinfo/`,
        provider_info: `${own}/.well-known/openid-configuration`,
        logout: `${own}/end-session/`,
        jwks: `${own}/jwks/`,
      };
    },
  });
}

function previewUserOperation({ db, sandbox }: Pick<Needs, 'db' | 'sandbox'>): Operation {
  return operation({
    id: 'providers_oauth2_preview_user_retrieve',
    method: 'GET',
    path: 'providers/oauth2/{id}/preview_user/',
    summary: 'What the service would be told of me, or of for_user',
    guard: superuser,
    parameters: key,
    query: z.object({ for_user: int32.optional() }),
    answer: z
      .object({ preview: z.record(z.string(), z.unknown()) })
      .meta({ title: 'PropertyMappingPreview' }),
    handler: async ({ ctx, parameters, query }) => {
      const client = await getOAuth2Provider(db, parameters.id);
      const user = await getUser(db, query.for_user ?? viewerOf(ctx).userId);
      const { claims } = await previewClaims({ db, sandbox }, client, user, ctx.state.origin);
      return { preview: claims };
    },
  });
}

/** The algorithm of the key with that id in the API; none for null, which means the default. */
async function keyAlgorithm(db: Db, id: string | null | undefined): Promise<SigningAlgorithm | undefined> {
  if (id == null) return undefined;
  const algorithm = (await listSigningKeys(db)).find(
    (candidate) => keyPairId(candidate.id) === id,
  )?.algorithm;
  if (algorithm !== undefined && isSigningAlgorithm(algorithm)) return algorithm;
  throw new InvalidInput({ signing_key: ['There is no such key.'] });
}

function modelOf({ providerId, provider }: OAuth2Provider) {
  return { app: 'protocol.oidc', model_name: 'oauth2provider', pk: providerId, name: provider.name };
}
