// `gatelodge application …`: the services that people sign in to.
import { Command, Option } from 'commander';
import { applicationModel } from '../../operation/admin/model.ts';
import {
  createOidcApplication,
  deleteApplicationAndProvider,
} from '../../operation/admin/oidc-application.ts';
import { recordCommand } from '../../operation/cli/audit.ts';
import { getGroupNamed } from '../../operation/cli/naming.ts';
import { type Columns, type OutputOptions, printList, printOne } from '../../operation/cli/output.ts';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import type { Db } from '../../platform/database/database.ts';
import { getClientSecret } from '../../protocol/oidc/client.ts';
import { type Application, getApplicationBySlug, listApplications } from './application.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
}

type ApplicationShell = Shell<Needs>;

export function applicationCommand(shell: ApplicationShell): Command {
  return new Command('application')
    .description('the services that people sign in to')
    .addCommand(listVerb(shell))
    .addCommand(createVerb(shell))
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

function listVerb({ terminal, open }: ApplicationShell): Command {
  return new Command('list')
    .description('list applications')
    .option('--json', 'print JSON')
    .action(async (options: OutputOptions) => {
      const { db } = await open();
      printList(terminal, (await listApplications(db)).map(shown), COLUMNS, options);
    });
}

interface CreateOptions extends OutputOptions {
  readonly name?: string;
  readonly redirectUri?: readonly string[];
  readonly public?: boolean;
  readonly consent: 'implicit' | 'explicit';
  readonly launchUrl?: string;
  readonly heading?: string;
  readonly description?: string;
  readonly allowGroup?: readonly string[];
}

function createVerb(shell: ApplicationShell): Command {
  return new Command('create')
    .description('register a service as an OpenID Connect client; prints its client ID and secret')
    .argument('<slug>')
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
    .option('--json', 'print JSON')
    .action((slug: string, options: CreateOptions) => create(shell, slug, options));
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
  const credentials = {
    slug: application.slug,
    provider: client.providerId,
    client_id: client.clientId,
    client_secret: options.public ? '' : (getClientSecret(vault, client) ?? ''),
  };
  printOne(terminal, credentials, options);
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
