// /api/v3/oauth2/{authorization_codes,access_tokens,refresh_tokens}/: what applications hold about oneself, to look at and
// to take back. Administrators look at anybody's with `?user=`. The code or token itself is in no answer.
import { z } from 'zod';
import { providerShape, representProvider } from '../../../identity/application/provider-representation.ts';
import { modelEvent } from '../../../identity/event/actor.ts';
import { recordEvent } from '../../../identity/event/event.ts';
import { representUser, userShape } from '../../../identity/user/representation.ts';
import { getUser } from '../../../identity/user/user.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import type { Viewer } from '../../../platform/http/context.ts';
import { viewerOf } from '../../../platform/http/guard.ts';
import { int32 } from '../../../platform/problem/field.ts';
import { NotFound } from '../../../platform/problem/problem.ts';
import { authenticated } from '../../../platform/rest/credentials.ts';
import type { Operation } from '../../../platform/rest/operation.ts';
import { resource } from '../../../platform/rest/resource.ts';
import type { Sessions } from '../../../signin/session/session.ts';
import type { ArtefactStore } from '../artefact/store.ts';
import { findClient } from '../client.ts';
import { type Issued, type IssuedKind, listIssued, revokeIssued } from './issued.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly artefacts: ArtefactStore;
  readonly sessions: Sessions;
}

const grantShape = z.object({
  pk: z.int(),
  provider: z.object(providerShape),
  user: userShape,
  is_expired: z.boolean(),
  expires: z.date(),
  scope: z.array(z.string()),
});
const tokenShape = grantShape.extend({ id_token: z.string(), revoked: z.boolean() });

/** Larger than other ids (`pkOf`). */
const key = z.object({ id: z.coerce.number().int() });
const filters = z.object({
  user: int32.optional(),
  provider: int32.optional(),
});

export function issuedApi(needs: Needs): Operation[] {
  return [
    ...issuedResource(needs, 'authorization_codes', 'AuthorizationCode', grantShape),
    ...issuedResource(needs, 'access_tokens', 'AccessToken', tokenShape),
    ...issuedResource(needs, 'refresh_tokens', 'RefreshToken', tokenShape),
  ];
}

function issuedResource(
  needs: Needs,
  path: string,
  kind: IssuedKind,
  shape: typeof grantShape | typeof tokenShape,
): Operation[] {
  const { db } = needs;
  return resource({
    path: `oauth2/${path}`,
    name: kind,
    key,
    shape,
    fields: z.strictObject({}),
    filters,
    guards: { read: authenticated, write: authenticated },

    list: async ({ ctx, query, skip, take }) => {
      const viewer = viewerOf(ctx);
      const ownerId = query.user ?? viewer.userId;
      const all = maySee(viewer, ownerId) ? await listIssued(needs, ownerId, kind) : [];
      const shown = await representIssued(db, all);
      const found = shown.filter(({ provider }) => (query.provider ?? provider.pk) === provider.pk);
      return { count: found.length, results: found.slice(skip, skip + take) };
    },
    get: async ({ ctx, parameters }) => {
      const [shown] = await representIssued(db, [await getIssued(needs, viewerOf(ctx), kind, parameters.id)]);
      if (!shown) throw new NotFound(NONE);
      return shown;
    },
    delete: async ({ ctx, parameters: { id } }) => {
      const issued = await getIssued(needs, viewerOf(ctx), kind, id);
      await revokeIssued(needs.artefacts, issued);
      const model = { app: 'protocol.oidc', model_name: kind.toLowerCase(), pk: id, name: issued.clientId };
      await recordEvent(db, modelEvent(ctx, 'model_deleted', model));
    },
  });
}

const NONE = 'There is no such code or token.';
const KEY_BITS = 2 ** 32;

/** An integer, as authentik's clients expect it, that leads to its owner: their id, then the beginning of the key. */
function pkOf({ ownerId, key: name }: Pick<Issued, 'ownerId' | 'key'>): number {
  return ownerId * KEY_BITS + Number.parseInt(name.slice(0, 8), 16);
}

function maySee({ userId, isAdministrator }: Viewer, ownerId: number): boolean {
  return isAdministrator || userId === ownerId;
}

async function getIssued(needs: Needs, viewer: Viewer, kind: IssuedKind, pk: number): Promise<Issued> {
  const ownerId = Math.floor(pk / KEY_BITS);
  const own = maySee(viewer, ownerId) ? await listIssued(needs, ownerId, kind) : [];
  const found = own.find((issued) => pkOf(issued) === pk);
  if (!found) throw new NotFound(NONE);
  return found;
}

/** All of one owner's; those of clients that are gone are left out: nobody takes them any more. */
async function representIssued(
  db: PrismaClient,
  all: readonly Issued[],
): Promise<z.input<typeof tokenShape>[]> {
  const [first] = all;
  if (!first) return [];
  const user = await representUser(db, await getUser(db, first.ownerId));
  const providers = new Map<string, z.input<typeof tokenShape>['provider']>();
  for (const clientId of new Set(all.map((issued) => issued.clientId))) {
    const client = await findClient(db, clientId);
    if (!client) continue;
    providers.set(clientId, representProvider({ ...client.provider, id: client.providerId, type: 'oauth2' }));
  }
  return all.flatMap((issued) => {
    const provider = providers.get(issued.clientId);
    if (!provider) return [];
    const { scopes, expiresAt: expires, claims } = issued;
    const state = { is_expired: false, revoked: false };
    return [
      {
        pk: pkOf(issued),
        provider,
        user,
        ...state,
        expires,
        scope: [...scopes],
        id_token: JSON.stringify(claims),
      },
    ];
  });
}
