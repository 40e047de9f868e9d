// The catalogue of applications that we know how to connect.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { generateCredential } from '../client.ts';
import type { NewOAuth2Provider } from '../client-fields.ts';
import { recipeFields, type SettingsBlock } from './recipe-fields.ts';
import { fillIn } from './template.ts';

const CATALOGUE = path.join(import.meta.dirname, 'catalogue');
const OWN_SECRET_LENGTH = 32;

export interface Recipe extends z.output<typeof recipeFields> {
  /** Name of its file: `gitea`. */
  readonly id: string;
}

let catalogue: ReadonlyMap<string, Recipe> | undefined;

/** All recipes, by name. They are read when they are first asked for, because few processes ever ask. */
export function listRecipes(): readonly Recipe[] {
  catalogue ??= readCatalogue();
  return [...catalogue.values()];
}

/** Those whose name, or another word for them, contains what somebody typed. */
export function findRecipes(search: string): readonly Recipe[] {
  const wanted = search.toLowerCase();
  return listRecipes().filter(({ id, name, aliases, summary }) =>
    [id, name, ...aliases, summary].some((word) => word.toLowerCase().includes(wanted)),
  );
}

export function findRecipe(id: string): Recipe | undefined {
  catalogue ??= readCatalogue();
  return catalogue.get(id);
}

/** Throws for a recipe that is not well formed. */
function readCatalogue(): ReadonlyMap<string, Recipe> {
  const recipes = readdirSync(CATALOGUE).map((file): Recipe => {
    const id = path.basename(file, '.yaml');
    try {
      return { id, ...recipeFields.parse(parse(readFileSync(path.join(CATALOGUE, file), 'utf8'))) };
    } catch (cause) {
      throw new Error(`The recipe ${file} cannot be read: ${String(cause)}`, { cause });
    }
  });
  recipes.sort((a, b) => a.name.localeCompare(b.name));
  return new Map(recipes.map((recipe) => [recipe.id, recipe]));
}

/** Where the application is, and what it is called here. */
export interface Place {
  readonly url: string;
  readonly slug: string;
}

/** The address of an application, without a slash at the end; throws InvalidInput for what cannot be one. */
export function serviceUrl(typed: string): string {
  const url = URL.parse(typed.trim());
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  // It is written into files and commands, where quotes or spaces would mean something.
  const isPlain = url && !url.username && !url.search && !url.hash && /^[\w.~/-]*$/.test(url.pathname);
  if (!isWeb || !isPlain) {
    throw new InvalidInput({
      url: ['Enter its address as people open it, for example https://git.example.com.'],
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** How the application is registered as a client. */
export function registrationOf(recipe: Recipe, place: Place) {
  const filled = (template: string) => fillIn(template, { ...place });
  const client: Omit<NewOAuth2Provider, 'name' | 'redirectUris'> = {
    recipe: recipe.id,
    serviceUrl: place.url,
    clientType: 'confidential',
    clientSecret: generateCredential(recipe.secret_length),
    isPkceRequired: recipe.pkce_required,
    subjectMode: recipe.subject_mode,
    signingAlgorithm: recipe.signing_algorithm,
    emailVerifiedOverride: recipe.email_verified ?? null,
    ...(recipe.logout && { logoutUri: filled(recipe.logout.uri), logoutMethod: recipe.logout.method }),
  };
  return {
    client,
    redirectUris: recipe.redirect_uris.map(filled),
    signOutUris: recipe.sign_out_uris.map(filled),
    launchUrl: filled(recipe.launch_url ?? '{{url}}/'),
  };
}

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Our addresses, as the application is told them. */
export type Endpoints = Readonly<
  Record<'issuer' | 'discovery' | 'authorization' | 'token' | 'userinfo' | 'jwks' | 'endSession', string>
>;

/** What to write into the application's own settings, ready to be copied. */
export function settingsOf(
  recipe: Recipe,
  place: Place,
  { clientId, clientSecret }: Credentials,
  { endSession, ...endpoints }: Endpoints,
): { readonly settings: readonly SettingsBlock[]; readonly notes: readonly string[] } {
  const filled = (template: string) =>
    fillIn(template, {
      ...place,
      ...endpoints,
      end_session: endSession,
      client_id: clientId,
      client_secret: clientSecret,
      // For what the application encrypts by itself: always the same, and no way back to the client secret.
      own_secret: sha256Hex(`recipe ${recipe.id} ${clientSecret}`).slice(0, OWN_SECRET_LENGTH),
    });
  const settings = recipe.settings.map(({ text, fields, ...block }) => ({
    ...block,
    ...(text !== undefined && { text: filled(text).trimEnd() }),
    ...(fields && { fields: fields.map(({ label, value }) => ({ label, value: filled(value) })) }),
  }));
  return { settings, notes: recipe.notes.map(filled) };
}
