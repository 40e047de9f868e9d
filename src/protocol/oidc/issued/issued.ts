// What applications hold about a person, codes and tokens: listed for whom they are about, and taken back. They are not
// found any more from then on, so introspection, userinfo and the token endpoint refuse them at once.
import type { Sessions } from '../../../signin/session/session.ts';
import type { ArtefactStore, OwnedArtefact } from '../artefact/store.ts';

export const ISSUED_KINDS = ['AuthorizationCode', 'AccessToken', 'RefreshToken'] as const;

export type IssuedKind = (typeof ISSUED_KINDS)[number];

/** A code or token; what it is presented by is known to nobody but its holder. */
export interface Issued {
  readonly key: string;
  readonly kind: IssuedKind;
  readonly ownerId: number;
  readonly clientId: string;
  readonly grantId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
  /** What an access token says of the person. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What of that kind is about the user and could be used now. */
export async function listIssued(
  { artefacts, sessions }: { artefacts: ArtefactStore; sessions: Pick<Sessions, 'findById'> },
  ownerId: number,
  kind: IssuedKind,
): Promise<Issued[]> {
  const unused = (await artefacts.listByOwner(ownerId)).filter(({ consumedAt }) => consumedAt === undefined);
  const ids = new Set(unused.flatMap(({ sessionId }) => sessionId ?? []));
  const found = await Promise.all([...ids].map(async (id) => ((await sessions.findById(id)) ? [id] : [])));
  const live = new Set(found.flat());
  return unused
    .filter(({ sessionId }) => sessionId === undefined || live.has(sessionId))
    .flatMap((artefact) => issuedFrom(artefact, ownerId) ?? [])
    .filter((issued) => issued.kind === kind);
}

/** Takes it back; a code or a refresh token with everything that it could still bring or has brought. */
export async function revokeIssued(
  artefacts: ArtefactStore,
  { kind, key, grantId }: Pick<Issued, 'kind' | 'key' | 'grantId'>,
): Promise<void> {
  if (kind === 'AccessToken') await artefacts.deleteByKey(key);
  else await artefacts.deleteByGrant(grantId);
}

/** Takes back everything that the client holds about the user; returns how many authorizations that were. */
export async function revokeGrantsOf(
  artefacts: ArtefactStore,
  ownerId: number,
  clientId: string,
): Promise<number> {
  const grantIds = new Set(
    (await artefacts.listByOwner(ownerId))
      .filter(({ payload }) => payload.clientId === clientId)
      .map(({ grantId }) => grantId),
  );
  for (const id of grantIds) await artefacts.deleteByGrant(id);
  return grantIds.size;
}

function issuedFrom({ key, grantId, payload }: OwnedArtefact, ownerId: number): Issued | undefined {
  const kind = ISSUED_KINDS.find((known) => known === payload.kind);
  const { clientId, scope, exp, extra } = payload;
  if (!kind || typeof clientId !== 'string' || typeof exp !== 'number') {
    return undefined;
  }
  const scopes = typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
  const claims = typeof extra === 'object' && extra !== null ? { ...extra } : {};
  return { key, kind, ownerId, clientId, grantId, scopes, expiresAt: new Date(exp * 1000), claims };
}
