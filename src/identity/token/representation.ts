// How the API shows a token: authentik's field names and forms; never the key.
import { z } from 'zod';
import type { Db } from '../../platform/database/database.ts';
import { TokenIntent } from '../../platform/database/generated/enums.ts';
import { representUsers, userShape } from '../user/representation.ts';
import { listUsers } from '../user/user.ts';
import type { Token } from './token.ts';

export const tokenShape = z.object({
  pk: z.uuid(),
  managed: z.null(),
  identifier: z.string(),
  intent: z.enum(TokenIntent),
  user: z.int(),
  user_obj: userShape,
  description: z.string(),
  expires: z.date().nullable(),
  expiring: z.boolean(),
});

type TokenRepresentation = z.input<typeof tokenShape>;

/** The tokens as the API shows them, with their owners. */
export async function representTokens(db: Db, tokens: readonly Token[]): Promise<TokenRepresentation[]> {
  const ownerIds = [...new Set(tokens.map(({ userId }) => userId))];
  const { results } = await listUsers(db, { where: { id: { in: ownerIds } }, take: ownerIds.length });
  const owners = new Map((await representUsers(db, results)).map((owner) => [owner.pk, owner]));
  return tokens.flatMap((token) => {
    const owner = owners.get(token.userId);
    return owner ? [represent(token, owner)] : [];
  });
}

/** One token as the API shows it. */
export async function representToken(db: Db, token: Token): Promise<TokenRepresentation> {
  const [representation] = await representTokens(db, [token]);
  if (!representation) throw new Error('one token has one representation');
  return representation;
}

function represent(token: Token, owner: z.input<typeof userShape>): TokenRepresentation {
  const { id, identifier, intent, userId, description, expiresAt } = token;
  return {
    pk: id,
    managed: null,
    identifier,
    intent,
    user: userId,
    user_obj: owner,
    description,
    expires: expiresAt,
    expiring: expiresAt !== null,
  };
}
