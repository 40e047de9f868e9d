// "What would Anna's token say?": the claims that a client would be told of a person, worked out now and told nobody.
import { groupsOfUser } from '../../identity/group/membership.ts';
import type { User } from '../../identity/user/user.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Sandbox } from '../provider/expression/sandbox.ts';
import type { Claims } from './claims.ts';
import type { OAuth2Provider } from './client.ts';
import { releasedScopes } from './client-registration.ts';
import { type ClaimFault, computeClaims } from './computed-claims.ts';
import { issuerUrl } from './issuer.ts';
import { subjectOf } from './subject.ts';

export interface Preview {
  readonly claims: Claims;
  /** Claims that would be missing because their expressions fail. */
  readonly faults: readonly ClaimFault[];
}

/** The claims with all scopes that the client may ask for. */
export async function previewClaims(
  { db, sandbox }: { readonly db: Db; readonly sandbox: Sandbox },
  client: OAuth2Provider,
  user: User,
  origin: string,
): Promise<Preview> {
  const released = releasedScopes(client);
  const granted = new Set(['openid', ...released.map(({ scopeName }) => scopeName)]);
  const person = { user, groups: await groupsOfUser(db, user.id) };
  const { claims, faults } = await computeClaims(sandbox, client, released, person, granted);
  const slug = client.provider.application?.slug ?? '';
  const iss = issuerUrl(origin, slug, client.issuerMode);
  return {
    claims: { iss, sub: subjectOf(user, client.subjectMode), aud: client.clientId, ...claims },
    faults,
  };
}
