// /api/v3/core/tokens/: everybody's own tokens, and all of them for administrators. Keys are shown by view_key only,
// and each time somebody looks it is recorded.
import { z } from 'zod';
import type { Vault } from '../../platform/crypto/vault.ts';
import { given } from '../../platform/database/columns.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma, PrismaClient } from '../../platform/database/generated/client.ts';
import { TokenIntent } from '../../platform/database/generated/enums.ts';
import type { Context, Viewer } from '../../platform/http/context.ts';
import { viewerOf } from '../../platform/http/guard.ts';
import { text } from '../../platform/problem/field.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';
import { authenticated, recently } from '../../platform/rest/credentials.ts';
import { timestamp } from '../../platform/rest/listing.ts';
import { type Operation, operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { modelEvent } from '../event/actor.ts';
import { recordEvent } from '../event/event.ts';
import { nameKey } from '../user/user-fields.ts';
import { representToken, representTokens, tokenShape } from './representation.ts';
import {
  defaultExpiry,
  deleteToken,
  getToken,
  issueToken,
  listTokens,
  newToken,
  type Token,
  type TokenPatch,
  tokenIdentifier,
  updateToken,
} from './token.ts';
import { setTokenKey, viewTokenKey } from './token-key.ts';
import { refuseExcess, refuseUnlessOwn } from './token-right.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly vault: Vault;
}

const key = z.object({ identifier: tokenIdentifier });

const { identifier, intent, description } = newToken.shape;
const fields = z.strictObject({
  identifier,
  intent,
  description,
  user: z.int32().optional(),
  expiring: z.boolean().optional(),
  expires: timestamp.nullable().optional(),
});

const filters = z.object({
  identifier: text.optional(),
  intent: z.enum(TokenIntent).optional(),
  user__username: text.optional(),
  description: text.optional(),
});

export function tokenApi({ db, vault }: Needs): Operation[] {
  return [...keyOperations({ db, vault }), ...tokens({ db, vault })];
}

function tokens({ db, vault }: Needs): Operation[] {
  return resource({
    path: 'core/tokens',
    name: 'Token',
    key,
    shape: tokenShape,
    fields,
    filters,
    ordering: {
      identifier: 'identifier',
      expires: 'expiresAt',
      intent: 'intent',
      description: 'description',
    },
    guards: { read: authenticated, write: recently(authenticated) },

    list: async ({ ctx, query, search, orderBy, skip, take }) => {
      const { isAdministrator, userId } = viewerOf(ctx);
      const where = { AND: [tokensThat(query, search), isAdministrator ? {} : { userId }] };
      const { count, results } = await listTokens(db, { where, orderBy, skip, take });
      return { count, results: await representTokens(db, results) };
    },
    get: async ({ ctx, parameters }) => representToken(db, await getOwn(db, ctx, parameters.identifier)),
    create: async ({ ctx, body }) => {
      const viewer = viewerOf(ctx);
      const { user: userId = viewer.userId, expiring, expires, ...rest } = body;
      const expiresAt = expiryOf({ expiring, expires });
      refuseExcess({ userId, expiresAt, intent: body.intent }, viewer);
      const { token } = await issueToken(db, vault, { ...rest, userId, expiresAt });
      await recordEvent(db, modelEvent(ctx, 'model_created', modelOf(token)));
      return representToken(db, token);
    },
    update: async ({ ctx, parameters, body }) => {
      const before = await getOwn(db, ctx, parameters.identifier);
      const patch = patchOf(before, body, viewerOf(ctx));
      const token = await updateToken(db, before.identifier, patch);
      await recordEvent(db, modelEvent(ctx, 'model_updated', modelOf(token)));
      return representToken(db, token);
    },
    delete: async ({ ctx, parameters }) => {
      const token = await getOwn(db, ctx, parameters.identifier);
      await deleteToken(db, token.identifier);
      await recordEvent(db, modelEvent(ctx, 'model_deleted', modelOf(token)));
    },
  });
}

function keyOperations({ db, vault }: Needs): Operation[] {
  const one = { guard: recently(authenticated), parameters: key };
  return [
    operation({
      ...one,
      id: 'core_tokens_view_key_retrieve',
      method: 'GET',
      path: 'core/tokens/{identifier}/view_key/',
      summary: 'See the key again',
      answer: z.object({ key: z.string() }).meta({ title: 'TokenView' }),
      handler: async ({ ctx, parameters }) => {
        const token = await getOwn(db, ctx, parameters.identifier);
        const shown = await viewTokenKey(db, vault, token.identifier);
        await recordEvent(db, modelEvent(ctx, 'secret_view', modelOf(token)));
        return { key: shown };
      },
    }),
    operation({
      ...one,
      id: 'core_tokens_set_key_create',
      method: 'POST',
      path: 'core/tokens/{identifier}/set_key/',
      summary: 'Replace the key',
      body: z.strictObject({ key: z.string().max(255) }).meta({ title: 'TokenSetKeyRequest' }),
      handler: async ({ ctx, parameters, body }) => {
        const token = await getOwn(db, ctx, parameters.identifier);
        await setTokenKey(db, vault, token.identifier, body.key);
        await recordEvent(db, modelEvent(ctx, 'secret_rotate', modelOf(token)));
      },
    }),
  ];
}

async function getOwn(db: Db, ctx: Context, name: string): Promise<Token> {
  const token = await getToken(db, name);
  refuseUnlessOwn(token, viewerOf(ctx));
  return token;
}

/** What may be changed; throws InvalidInput for another owner, and for a life that the viewer may not give. */
function patchOf(before: Token, body: Partial<z.output<typeof fields>>, viewer: Viewer): TokenPatch {
  const { user, expiring, expires, ...rest } = body;
  if (user !== undefined && user !== before.userId) {
    throw new InvalidInput({ user: ['The owner of a token cannot be changed.'] });
  }
  const isToExpireAgain = expiring === true && !expires && before.expiresAt === null;
  const expiresAt = isToExpireAgain ? defaultExpiry() : expiryOf({ expiring, expires });
  // Another intent has another longest life: then what is left of this one counts too.
  const isOfOtherIntent = rest.intent !== undefined && rest.intent !== before.intent;
  const wished = expiresAt === undefined && isOfOtherIntent ? before.expiresAt : expiresAt;
  refuseExcess({ intent: rest.intent ?? before.intent, expiresAt: wished }, viewer);
  return { ...rest, expiresAt };
}

/** Null: never; undefined: as usual. */
function expiryOf({
  expiring,
  expires,
}: Pick<z.output<typeof fields>, 'expiring' | 'expires'>): Date | null | undefined {
  return expiring === false ? null : (expires ?? undefined);
}

function modelOf({ id, identifier: label }: Token) {
  return { app: 'identity.token', model_name: 'token', pk: id, name: label };
}

function tokensThat(query: z.output<typeof filters>, search: string): Prisma.TokenWhereInput {
  const { user__username: username, identifier: exact, intent: kind, description: words } = query;
  const found = { contains: search, mode: 'insensitive' as const };
  return {
    ...given({ identifier: exact, intent: kind, description: words }),
    ...(username !== undefined && { user: { usernameKey: nameKey(username) } }),
    ...(search !== '' && { OR: [{ identifier: found }, { description: found }] }),
  };
}
