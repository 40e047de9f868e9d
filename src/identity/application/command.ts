// `gatelodge application …`: the services that people sign in to.
import { Command, Option } from 'commander';
import { applicationModel } from '../../operation/admin/model.ts';
import {
  createOidcApplication,
  deleteApplicationAndProvider,
} from '../../operation/admin/oidc-application.ts';
import { createRecipeApplication, recipeSettingsOf } from '../../operation/admin/recipe-application.ts';
import { recordCommand } from '../../operation/cli/audit.ts';
import { listingVerb } from '../../operation/cli/listing-verb.ts';
import { getGroupNamed } from '../../operation/cli/naming.ts';
import { type Columns, type OutputOptions, printList, printOne } from '../../operation/cli/output.ts';
import { settingsText } from '../../operation/cli/settings-text.ts';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import type { Db } from '../../platform/database/database.ts';
import type { ProxyMode } from '../../platform/database/generated/enums.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { getClientSecret, type OAuth2Provider } from '../../protocol/oidc/client.ts';
import { findRecipe, listRecipes, type Recipe } from '../../protocol/oidc/recipe/recipe.ts';
import { createProxyApplication } from '../../protocol/outpost/application/proxy-application.ts';
import { type Application, getApplicationBySlug, listApplications } from './application.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
  readonly config: { readonly url?: string | undefined };
}

/** Where we say that we are when nobody has said it (GATELODGE_URL): a command has no request to see it from. */
const UNKNOWN_ORIGIN = 'http://localhost:9000';

type ApplicationShell = Shell<Needs>;

export function applicationCommand(shell: ApplicationShell): Command {
  return new Command('application')
    .description('the services that people sign in to')
    .addCommand(listVerb(shell))
    .addCommand(createVerb(shell))
    .addCommand(recipesVerb(shell))
    .addCommand(deleteVerb(shell));
}

const shown = (application: Application) => ({
  pk: application.id,
  slug: application.slug,
  name: application.name,
  group: application.group,
  meta_launch_url: application.launchUrl,
  provider: application.providerId,
});

const COLUMNS: Columns<ReturnType<typeof shown>> = {
  Slug: (application) => application.slug,
  Name: (application) => application.name,
  Heading: (application) => application.group,
  Provider: (application) => application.provider,
};

function listVerb(shell: ApplicationShell): Command {
  return listingVerb(shell, 'list applications', COLUMNS, async ({ db }) =>
    (await listApplications(db)).map(shown),
  );
}

function recipesVerb({ terminal }: ApplicationShell): Command {
  return new Command('recipes')
    .description('list the applications that `create --from` knows')
    .option('--json', 'print JSON')
    .action((options: OutputOptions) => {
      const rows = listRecipes().map(({ id, name, summary, certainty, version, sources }) => {
        return { id, name, summary, certainty, version, sources };
      });
      const columns: Columns<(typeof rows)[number]> = {
        Recipe: ({ id }) => id,
        Application: ({ name }) => name,
        'What it is': ({ summary }) => summary,
        Certainty: ({ certainty }) => certainty,
      };
      printList(terminal, rows, columns, options);
    });
}

interface CreateOptions extends OutputOptions {
  readonly from?: string;
  readonly url?: string;
  readonly name?: string;
  readonly redirectUri?: readonly string[];
  readonly public?: boolean;
  readonly consent: 'implicit' | 'explicit';
  readonly launchUrl?: string;
  readonly heading?: string;
  readonly description?: string;
  readonly allowGroup?: readonly string[];
  readonly kind: 'oidc' | ProxyMode;
  readonly externalHost?: string;
  readonly internalHost?: string;
  readonly cookieDomain?: string;
  readonly open?: readonly string[];
}

function createVerb(shell: ApplicationShell): Command {
  return new Command('create')
    .description('register a service as an OpenID Connect client; prints its client ID and secret')
    .argument('[slug]', 'part of its addresses here (that of the recipe, unless given)')
    .option(
      '--from <recipe>',
      'a known application, see `gatelodge application recipes`; prints its settings',
    )
    .option('--url <url>', 'with --from: its address, as people open it')
    .option('--name <name>', 'what people call it (the slug, unless given)')
    .option('--redirect-uri <uri...>', 'where signing in returns to, exactly')
    .option('--public', 'a client that can keep no secret: an app, or a page in the browser')
    .addOption(
      new Option('--consent <mode>', 'whether people are asked')
        .choices(['implicit', 'explicit'])
        .default('implicit'),
    )
    .option('--launch-url <url>', 'where its tile leads')
    .option('--heading <text>', 'the heading it stands under in the library')
    .option('--description <text>', 'one line under its name')
    .option('--allow-group <group...>', 'only members of these groups may open it')
    .addOption(
      new Option(
        '--kind <kind>',
        'how it is connected: as a client, or behind a proxy (a host, a domain, ours)',
      )
        .choices(['oidc', 'forward_single', 'forward_domain', 'proxy'])
        .default('oidc'),
    )
    .option('--external-host <url>', 'behind a proxy: its address, as people open it')
    .option('--internal-host <url>', 'behind a proxy: where the proxy reaches it')
    .option('--cookie-domain <domain>', 'with --kind forward_domain: whose hosts share one sign-in')
    .option('--open <regex...>', 'behind a proxy: addresses that need no sign-in')
    .option('--json', 'print JSON')
    .action((slug: string | undefined, options: CreateOptions) => {
      if (options.from !== undefined) return createFromRecipe(shell, slug, getRecipe(options.from), options);
      if (slug === undefined) throw new InvalidInput({ slug: ['Give a slug, or a recipe with --from.'] });
      return options.kind === 'oidc'
        ? create(shell, slug, options)
        : createProxied(shell, slug, options.kind, options);
    });
}

function getRecipe(id: string): Recipe {
  const recipe = findRecipe(id);
  if (recipe) return recipe;
  const known = listRecipes().map((each) => each.id);
  throw new NotFound(`There is no recipe "${id}". There are: ${known.join(', ')}.`);
}

async function createFromRecipe(
  { terminal, open }: ApplicationShell,
  slug: string | undefined,
  recipe: Recipe,
  options: CreateOptions,
): Promise<void> {
  const { db, changes, vault, config } = await open();
  const groups = await Promise.all((options.allowGroup ?? []).map((name) => getGroupNamed(db, name)));
  const { application, client } = await createRecipeApplication(db, changes, vault, {
    recipe,
    url: options.url ?? '',
    slug: slug ?? recipe.id,
    name: options.name ?? recipe.name,
    consentMode: options.consent,
    groupIds: groups.map(({ id }) => id),
  });
  await recordCommand(db, 'model_created', applicationModel(application));
  const credentials = credentialsOf(application, client, vault);
  const shown = recipeSettingsOf(client, credentials.client_secret, config.url ?? UNKNOWN_ORIGIN);
  if (config.url === undefined) {
    terminal.printError(`GATELODGE_URL is not set: put our address in the place of ${UNKNOWN_ORIGIN}.`);
  }
  if (options.json) terminal.print(JSON.stringify({ ...credentials, settings: shown?.settings }, null, 2));
  else terminal.print(settingsText(shown?.settings ?? [], shown?.notes ?? []));
}

function credentialsOf(application: Application, client: OAuth2Provider, vault: Vault) {
  return {
    slug: application.slug,
    provider: client.providerId,
    client_id: client.clientId,
    client_secret: client.clientType === 'public' ? '' : (getClientSecret(vault, client) ?? ''),
  };
}

async function create(
  { terminal, open }: ApplicationShell,
  slug: string,
  options: CreateOptions,
): Promise<void> {
  const { db, changes, vault } = await open();
  const groups = await Promise.all((options.allowGroup ?? []).map((name) => getGroupNamed(db, name)));
  const { name = slug, launchUrl, heading: group, description } = options;
  const { application, client } = await createOidcApplication(db, changes, vault, {
    application: { slug, name, ...given({ launchUrl, group, description }) },
    client: { clientType: options.public ? 'public' : 'confidential', consentMode: options.consent },
    redirectUris: options.redirectUri ?? [],
    groupIds: groups.map(({ id }) => id),
  });
  await recordCommand(db, 'model_created', applicationModel(application));
  printOne(terminal, credentialsOf(application, client, vault), options);
}

async function createProxied(
  { terminal, open }: ApplicationShell,
  slug: string,
  mode: ProxyMode,
  options: CreateOptions,
): Promise<void> {
  const { db, changes, vault } = await open();
  const groups = await Promise.all((options.allowGroup ?? []).map((name) => getGroupNamed(db, name)));
  const { name = slug, launchUrl, heading: group, description, internalHost, cookieDomain } = options;
  const skipPathRegex = options.open?.join('\n');
  const { application, provider } = await createProxyApplication(db, changes, vault, {
    application: { slug, name, ...given({ launchUrl, group, description }) },
    provider: {
      mode,
      externalHost: options.externalHost ?? '',
      ...given({ internalHost, cookieDomain, skipPathRegex }),
    },
    groupIds: groups.map(({ id }) => id),
  });
  await recordCommand(db, 'model_created', applicationModel(application));
  const { providerId, externalHost } = provider;
  printOne(terminal, { slug, provider: providerId, mode, external_host: externalHost }, options);
}

function deleteVerb({ terminal, open }: ApplicationShell): Command {
  return new Command('delete')
    .description('delete an application with its client')
    .argument('<slug>')
    .action(async (slug: string) => {
      const { db, changes } = await open();
      const application = await getApplicationBySlug(db, slug);
      await deleteApplicationAndProvider(db, changes, application);
      await recordCommand(db, 'model_deleted', applicationModel(application));
      terminal.print(`Deleted application ${slug}.`);
    });
}
