// `gatelodge application update …`: what people see of an application, and what it demands of them.
import { Command } from 'commander';
import { applicationModel } from '../../../operation/admin/model.ts';
import { recordCommand } from '../../../operation/cli/audit.ts';
import { type OutputOptions, printDone } from '../../../operation/cli/output.ts';
import type { Shell } from '../../../operation/cli/terminal.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import { given } from '../../../platform/database/columns.ts';
import type { Db } from '../../../platform/database/database.ts';
import { getApplicationBySlug, updateApplication } from '../application.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
}

interface UpdateOptions extends OutputOptions {
  readonly name?: string;
  readonly launchUrl?: string;
  readonly heading?: string;
  readonly description?: string;
  readonly requireMfa?: boolean;
  readonly maxSessionAge?: string;
}

export function updateApplicationCommand({ terminal, open }: Shell<Needs>): Command {
  return new Command('update')
    .description('change an application; what is not named stays')
    .argument('<slug>')
    .option('--name <name>', 'what people call it')
    .option('--launch-url <url>', 'where its tile leads')
    .option('--heading <text>', 'the heading it stands under in the library')
    .option('--description <text>', 'one line under its name')
    .option('--require-mfa', 'only for people who have signed in with a second factor')
    .option('--no-require-mfa', 'with one factor too, unless another rule asks for two')
    .option('--max-session-age <seconds>', 'how long ago people may have signed in; 0 for whenever')
    .option('--json', 'print JSON')
    .action(async (slug: string, options: UpdateOptions) => {
      const { db, changes } = await open();
      const { id } = await getApplicationBySlug(db, slug);
      const { name, launchUrl, heading: group, description, requireMfa: mustUseMfa, maxSessionAge } = options;
      const maxSessionAgeSeconds = maxSessionAge === undefined ? undefined : Number(maxSessionAge) || null;
      const patch = given({ name, launchUrl, group, description, mustUseMfa, maxSessionAgeSeconds });
      const application = await updateApplication(db, changes, id, patch);
      await recordCommand(db, 'model_updated', applicationModel(application), { fields: Object.keys(patch) });
      printDone(terminal, `Saved ${application.name}.`, { slug, fields: Object.keys(patch) }, options);
    });
}
