// An application registered from a recipe, and the settings that an administrator would copy into it.
import { createGroup } from '../../src/identity/group/group.ts';
import { createRecipeApplication, recipeSettingsOf } from '../../src/operation/admin/recipe-application.ts';
import { getClientSecret } from '../../src/protocol/oidc/client.ts';
import { findRecipe } from '../../src/protocol/oidc/recipe/recipe.ts';
import type { Gatelodge } from './gatelodge.ts';

export interface RegisteredRecipe {
  readonly slug: string;
  /** The block with that title, filled in. */
  block(title: string): string;
}

/** Makes the application and the groups that mean something to it. */
export async function registerRecipe(
  { deps, origin }: Gatelodge,
  id: string,
  url: string,
): Promise<RegisteredRecipe> {
  const { db, changes, vault } = deps;
  const recipe = findRecipe(id);
  if (!recipe) throw new Error(`There is no recipe ${id}.`);
  for (const { name } of recipe.groups) await createGroup(db, changes, { name });
  const names = { name: recipe.name, slug: id };
  const access = { consentMode: 'implicit' as const, groupIds: [] };
  const { client } = await createRecipeApplication(db, changes, vault, { recipe, url, ...names, ...access });
  const shown = recipeSettingsOf(client, getClientSecret(vault, client), origin);
  return {
    slug: id,
    block(title) {
      const text = shown?.settings.find((block) => block.title === title)?.text;
      if (text === undefined) throw new Error(`The recipe ${id} has no block "${title}".`);
      return text;
    },
  };
}

/** A block of `NAME=value` lines, as a shell or Docker reads it. */
export function environmentOf(block: string): Record<string, string> {
  const lines = block.split('\n').map((line) => /^(\w+)=("?)(.*)\2$/.exec(line));
  return Object.fromEntries(lines.flatMap((match) => (match ? [[match[1], match[3]]] : [])));
}
