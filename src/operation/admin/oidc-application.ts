// An application together with its OpenID Connect client and the groups that may open it: what an administrator makes
// in one go, from a form or the command line. All of it comes to be, or nothing.
import { createBinding } from '../../identity/access/binding.ts';
import {
  type Application,
  createApplication,
  deleteApplication,
  updateApplication,
} from '../../identity/application/application.ts';
import type { NewApplication } from '../../identity/application/application-fields.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';
import {
  createOAuth2Provider,
  getOAuth2Provider,
  type OAuth2Provider,
  updateOAuth2Provider,
} from '../../protocol/oidc/client.ts';
import { type NewOAuth2Provider, redirectUri } from '../../protocol/oidc/client-fields.ts';
import { deleteProvider } from '../../protocol/provider/provider.ts';

export interface NewOidcApplication {
  readonly application: Omit<NewApplication, 'providerId'>;
  readonly client: Omit<NewOAuth2Provider, 'name' | 'redirectUris'>;
  readonly redirectUris: readonly string[];
  /** Where a sign-out may return to. */
  readonly signOutUris?: readonly string[];
  /** Ids of the groups that may open it; none: everybody. */
  readonly groupIds: readonly string[];
}

/** Makes all three; throws InvalidInput with the fields of a form (`slug`, `redirect_uris` …). */
export async function createOidcApplication(
  db: Db,
  changes: Publisher,
  vault: Vault,
  { application, client, redirectUris, signOutUris = [], groupIds }: NewOidcApplication,
): Promise<{ application: Application; client: OAuth2Provider }> {
  return inTransaction(db, changes, async (tx, publisher) => {
    // First the application: its slug is what people choose, so it is what they should be told about.
    const created = await createApplication(tx, publisher, application);
    const provider = await createOAuth2Provider(tx, publisher, vault, {
      ...client,
      name: created.slug,
      redirectUris: [
        ...redirectUris.map((url) => ({ url })),
        ...signOutUris.map((url) => ({ url, purpose: 'logout' as const })),
      ],
    }).catch(inFormFields);
    const { providerId } = provider;
    const connected = await updateApplication(tx, publisher, created.id, { providerId });
    for (const groupId of groupIds)
      await createBinding(tx, publisher, { applicationId: created.id, groupId });
    return { application: connected, client: provider };
  });
}

export type OidcApplicationPatch = Omit<NewOidcApplication, 'groupIds' | 'signOutUris'>;

/**
 * Changes the application and, if it has one, its client. Patterns and sign-out URIs, which only the API makes, stay;
 * the exact sign-in URIs become the given ones.
 */
export async function updateOidcApplication(
  db: Db,
  changes: Publisher,
  vault: Vault,
  { id, providerId }: Pick<Application, 'id' | 'providerId'>,
  patch: OidcApplicationPatch,
): Promise<Application> {
  return inTransaction(db, changes, async (tx, publisher) => {
    const application = await updateApplication(tx, publisher, id, patch.application);
    if (providerId === null || application.provider?.type !== 'oauth2') return application;
    const before = await getOAuth2Provider(tx, providerId);
    const others = before.redirectUris.filter((uri) => !isExactSignInUri(uri));
    const redirectUris = [
      ...patch.redirectUris.map((url) => ({ url })),
      ...others.map(({ matchingMode, purpose, url }) => redirectUri.parse({ matchingMode, purpose, url })),
    ];
    await updateOAuth2Provider(tx, publisher, vault, providerId, { ...patch.client, redirectUris }).catch(
      inFormFields,
    );
    return application;
  });
}

/** What a form edits: the URIs that sign-in may return to, compared character by character. */
export function isExactSignInUri({ matchingMode, purpose }: OAuth2Provider['redirectUris'][number]): boolean {
  return matchingMode === 'strict' && purpose === 'authorization';
}

/** Deletes the application and, unlike deleting only the application, the client that spoke for it. */
export async function deleteApplicationAndProvider(
  db: Db,
  changes: Publisher,
  { id, providerId }: Pick<Application, 'id' | 'providerId'>,
): Promise<void> {
  await inTransaction(db, changes, async (tx, publisher) => {
    await deleteApplication(tx, publisher, id);
    if (providerId !== null) await deleteProvider(tx, publisher, providerId);
  });
}

/** The names that the rule uses for its fields, in the spelling of forms and of the API. */
export function inFormFields(error: unknown): never {
  if (!(error instanceof InvalidInput)) throw error;
  const { redirectUris, ...others } = error.fields;
  if (!redirectUris) throw error;
  // "0.url" says where in the list; a form shows the lines, so the number of the line helps.
  const messages = redirectUris.map((message) =>
    typeof message === 'string' ? message : { ...message, at: lineOf(message.at) },
  );
  throw new InvalidInput({ ...others, redirect_uris: messages }, { cause: error });
}

function lineOf(place: string): string {
  return place.replace(/^(\d+)(?:\.url)?$/, (_, index) => `Line ${Number(index) + 1}`);
}
