// Pages about recipes, for administrators.
import { iconOf } from '../../../identity/application/icon.ts';
import type { Group } from '../../../identity/group/group.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import type { Recipe } from './recipe.ts';
import type { SettingsBlock } from './recipe-fields.ts';

const ROOT = '/if/admin/applications/';

/** What the new application is. */
export function pickerPage(t: Translate, recipes: readonly Recipe[], search: string): Page {
  return page('recipe/picker', t('admin.recipes.title'), {
    search,
    recipes: recipes.map(({ id, name, summary }) => ({
      name,
      summary,
      icon: iconOf({ name, icon: '' }),
      path: `${ROOT}create/from/${id}/`,
    })),
    otherPath: `${ROOT}create/other/`,
  });
}

interface RecipeForm {
  readonly recipe: Recipe;
  readonly slug: string;
  readonly groups: readonly Group[];
  readonly chosen: readonly string[];
}

export function recipeFormPage(t: Translate, { recipe, slug, groups, chosen }: RecipeForm): Page {
  const { name, summary, example } = recipe;
  return page('recipe/form', t('admin.recipes.formTitle', { name }), {
    ...{ name, summary, example, slug },
    provenance: provenanceOf(t, recipe),
    sources: addressesOf(recipe),
    consentModes: ['implicit', 'explicit'].map((value) => ({
      value,
      label: t(`admin.applications.consentModes.${value}`),
    })),
    groups: groups.map((group) => ({
      id: group.id,
      name: group.name,
      isSuperuser: group.isSuperuser,
      isChosen: chosen.includes(group.id),
    })),
    pickerPath: `${ROOT}create/`,
  });
}

interface ReadySettings {
  readonly recipe: Recipe;
  readonly settings: readonly SettingsBlock[];
  readonly notes: readonly string[];
}

interface Settled {
  readonly name: string;
  readonly slug: string;
}

/** The settings to copy into the application, and the groups that mean something to it. */
export function settingsPage(
  t: Translate,
  { name, slug }: Settled,
  { recipe, settings, notes }: ReadySettings,
  knownGroups: ReadonlySet<string>,
): Page {
  return page('recipe/settings', t('admin.recipes.settingsTitle', { name }), {
    name,
    blocks: settings.map(({ title, hint = null, text = null, fields = [] }) => ({
      title,
      hint,
      text,
      fields: fields.map((field) => ({ ...field, isSecret: /secret/i.test(field.label) })),
    })),
    notes,
    groups: recipe.groups.map((group) => ({ ...group, isMissing: !knownGroups.has(group.name) })),
    provenance: provenanceOf(t, recipe),
    sources: addressesOf(recipe),
    detailPath: `${ROOT}${slug}/`,
    claimsPath: `${ROOT}${slug}/claims/`,
  });
}

function provenanceOf(t: Translate, { certainty, version }: Recipe): string {
  return t(`admin.recipes.certainty.${certainty}`, { version });
}

function addressesOf({ sources }: Recipe) {
  return sources.filter((source) => source.startsWith('https://'));
}
