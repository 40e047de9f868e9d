// An application made from a recipe: registered as the recipe says, with its own scopes and claims, and then shown
// together with the settings to write into the application itself.
import type { Application } from '../../identity/application/application.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { getOAuth2Provider, type OAuth2Provider } from '../../protocol/oidc/client.ts';
import type { NewOAuth2Provider } from '../../protocol/oidc/client-fields.ts';
import {
  findRecipe,
  type Recipe,
  registrationOf,
  serviceUrl,
  settingsOf,
} from '../../protocol/oidc/recipe/recipe.ts';
import { addOwnScopeMapping } from '../../protocol/oidc/scope-mapping.ts';
import { createOidcApplication } from './oidc-application.ts';
import { endpointsOf } from './oidc-endpoints.ts';

export interface NewRecipeApplication {
  readonly recipe: Recipe;
  /** The application's address, as people open it. */
  readonly url: string;
  readonly name: string;
  readonly slug: string;
  readonly consentMode: NonNullable<NewOAuth2Provider['consentMode']>;
  readonly groupIds: readonly string[];
}

/** Registers all of it or nothing; throws InvalidInput with the fields of a form (`url`, `slug` …). */
export async function createRecipeApplication(
  db: Db,
  changes: Publisher,
  vault: Vault,
  { recipe, url, name, slug, consentMode, groupIds }: NewRecipeApplication,
): Promise<{ application: Application; client: OAuth2Provider }> {
  const place = { url: serviceUrl(url), slug };
  const { client, launchUrl, ...uris } = registrationOf(recipe, place);
  return inTransaction(db, changes, async (tx, publisher) => {
    const { application, client: made } = await createOidcApplication(tx, publisher, vault, {
      application: { name, slug, launchUrl, description: recipe.summary },
      client: { ...client, consentMode },
      ...uris,
      groupIds,
    });
    for (const { scope, description, claims } of recipe.mappings) {
      const mapping = { name: `${slug}: ${scope}`, scopeName: scope, description, claims };
      await addOwnScopeMapping(tx, publisher, made.providerId, mapping);
    }
    return { application, client: await getOAuth2Provider(tx, made.providerId) };
  });
}

/** The settings for the application itself; undefined when no recipe is known for it. */
export function recipeSettingsOf(client: OAuth2Provider, clientSecret: string | undefined, origin: string) {
  const recipe = findRecipe(client.recipe);
  const slug = client.provider.application?.slug;
  if (!recipe || slug === undefined) return undefined;
  const place = { url: client.serviceUrl, slug };
  const credentials = { clientId: client.clientId, clientSecret: clientSecret ?? '' };
  const endpoints = endpointsOf(origin, slug, client.issuerMode);
  return { recipe, ...settingsOf(recipe, place, credentials, endpoints) };
}
