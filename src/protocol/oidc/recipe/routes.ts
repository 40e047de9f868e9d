// /if/admin/applications/create/: a new application begins with the question what it is. For those that we know, its
// address is all that has to be typed; afterwards stand the settings that it needs, ready to be copied.
import { z } from 'zod';
import { getApplicationBySlug, listApplications } from '../../../identity/application/application.ts';
import { listGroups } from '../../../identity/group/group.ts';
import { recordAct, recordSecretView } from '../../../operation/admin/audit.ts';
import { applicationModel } from '../../../operation/admin/model.ts';
import { createRecipeApplication, recipeSettingsOf } from '../../../operation/admin/recipe-application.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { ConsentMode } from '../../../platform/database/generated/enums.ts';
import { chosen } from '../../../platform/http/choice.ts';
import type { Context } from '../../../platform/http/context.ts';
import { administrator } from '../../../platform/http/guard.ts';
import { type Answer, get, post, type Route, seeOther } from '../../../platform/http/route.ts';
import { type InvalidInput, NotFound } from '../../../platform/problem/problem.ts';
import type { Page } from '../../../platform/view/page.ts';
import { findClientBySlug, getClientSecret } from '../client.ts';
import { findRecipe, findRecipes, type Recipe } from './recipe.ts';
import { pickerPage, recipeFormPage, settingsPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const ROOT = '/if/admin/applications/';
const FROM = `${ROOT}create/from/:recipe/`;
/** More are found by name, in the API or on the command line. */
const MAX_CHOICES = 500;

const searched = z.object({ search: z.string().trim().default('') });
const chosenRecipe = z.object({ recipe: z.string() });
const named = z.object({ application: z.string() });
const form = chosenRecipe.extend({
  url: z.string().trim().min(1),
  name: z.string().trim().min(1),
  slug: z.string().trim().min(1),
  consent_mode: z.enum(ConsentMode).default('implicit'),
  groups: chosen,
});

type Typed = Readonly<Record<string, unknown>>;

export function recipeRoutes(needs: Needs): Route[] {
  const again = (ctx: Context, _: InvalidInput, typed: Typed) =>
    showForm(needs, ctx, chosenRecipe.parse(typed), typed);
  return [
    get(`${ROOT}create/`, administrator, searched, (ctx, { search }) => showPicker(ctx, search)),
    get(FROM, administrator, chosenRecipe, (ctx, input) => showForm(needs, ctx, input)),
    post(FROM, administrator, form, (ctx, input) => create(needs, ctx, input), { again }),
    get(`${ROOT}:application/settings/`, administrator, named, (ctx, input) =>
      showSettings(needs, ctx, input),
    ),
  ];
}

function showPicker({ state: { t } }: Context, search: string): Page {
  return pickerPage(t, findRecipes(search), search);
}

async function showForm(
  { db }: Needs,
  ctx: Context,
  { recipe: id }: z.output<typeof chosenRecipe>,
  typed: Typed = {},
): Promise<Page> {
  const recipe = getRecipe(ctx, id);
  const { results: groups } = await listGroups(db, { take: MAX_CHOICES });
  const slug = await freeSlug(db, recipe.id);
  return recipeFormPage(ctx.state.t, { recipe, slug, groups, chosen: chosen.parse(typed.groups) });
}

async function create(needs: Needs, ctx: Context, input: z.output<typeof form>): Promise<Answer> {
  const { db, changes, vault } = needs;
  const { url, name, slug, consent_mode: consentMode, groups: groupIds } = input;
  const recipe = getRecipe(ctx, input.recipe);
  const chosenFields = { recipe, url, name, slug, consentMode, groupIds };
  const { application } = await createRecipeApplication(db, changes, vault, chosenFields);
  await recordAct(db, ctx, 'model_created', applicationModel(application), { recipe: recipe.id });
  return seeOther(`${ROOT}${application.slug}/settings/`, 'admin.recipes.created');
}

async function showSettings(
  { db, vault }: Needs,
  ctx: Context,
  { application: slug }: z.output<typeof named>,
): Promise<Page> {
  const application = await getApplicationBySlug(db, slug);
  const client = await findClientBySlug(db, slug);
  const secret = client && getClientSecret(vault, client);
  const shown = client && recipeSettingsOf(client, secret, ctx.state.origin);
  if (!shown) throw new NotFound(ctx.state.t('problem.notFound'));
  if (secret !== undefined) await recordSecretView(db, ctx, applicationModel(application));
  const { results } = await listGroups(db, { take: MAX_CHOICES });
  return settingsPage(ctx.state.t, application, shown, new Set(results.map(({ name }) => name)));
}

function getRecipe(ctx: Context, id: string): Recipe {
  const recipe = findRecipe(id);
  if (!recipe) throw new NotFound(ctx.state.t('problem.notFound'));
  return recipe;
}

/** A second one of the same kind is `gitea-2`. */
async function freeSlug(db: Db, wanted: string): Promise<string> {
  const applications = await listApplications(db, { where: { slug: { startsWith: wanted } } });
  const taken = new Set(applications.map(({ slug }) => slug));
  for (let number = 1; ; number += 1) {
    const slug = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(slug)) return slug;
  }
}
