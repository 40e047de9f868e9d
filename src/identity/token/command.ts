// `gatelodge token …`: keys for programs. A key is printed once, by the command that makes it.
import { Command, InvalidArgumentError, Option } from 'commander';
import { tokenModel } from '../../operation/admin/model.ts';
import { recordCommand } from '../../operation/cli/audit.ts';
import { listingVerb, MAX_LISTED } from '../../operation/cli/listing-verb.ts';
import { getUserNamed } from '../../operation/cli/naming.ts';
import { type Columns, type OutputOptions, printDone } from '../../operation/cli/output.ts';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Db } from '../../platform/database/database.ts';
import { listUsers } from '../user/user.ts';
import { deleteToken, getToken, issueToken, listTokens, type Token } from './token.ts';

interface Needs {
  readonly db: Db;
  readonly vault: Vault;
}

type TokenShell = Shell<Needs>;

export function tokenCommand(shell: TokenShell): Command {
  return new Command('token')
    .description('keys that programs present instead of a person')
    .addCommand(listVerb(shell))
    .addCommand(createVerb(shell))
    .addCommand(deleteVerb(shell));
}

const DAY_MS = 24 * 60 * 60 * 1000;

const shown = (token: Token, username: string) => ({
  identifier: token.identifier,
  intent: token.intent,
  user: username,
  description: token.description,
  expires: token.expiresAt,
  last_used: token.lastUsedAt,
});

const COLUMNS: Columns<ReturnType<typeof shown>> = {
  Identifier: (token) => token.identifier,
  For: (token) => token.intent,
  User: (token) => token.user,
  Expires: (token) => token.expires ?? 'never',
  'Last used': (token) => token.last_used,
};

function listVerb(shell: TokenShell): Command {
  return listingVerb(shell, 'list tokens, without their keys', COLUMNS, async ({ db }) => {
    const { results } = await listTokens(db, { take: MAX_LISTED });
    const owners = await listUsers(db, { where: { tokens: { some: {} } }, take: MAX_LISTED });
    const nameOf = new Map(owners.results.map(({ id, username }) => [id, username]));
    return results.map((token) => shown(token, nameOf.get(token.userId) ?? ''));
  });
}

interface CreateOptions extends OutputOptions {
  readonly user: string;
  readonly intent: 'api' | 'app_password';
  readonly days: number;
  readonly neverExpires?: boolean;
  readonly description: string;
}

function createVerb({ terminal, open }: TokenShell): Command {
  return new Command('create')
    .description('make a token and print its key')
    .argument('<identifier>')
    .requiredOption('--user <user>', 'whose rights it has: username, or e-mail address')
    .addOption(
      new Option('--intent <intent>', 'what it is for').choices(['api', 'app_password']).default('api'),
    )
    .option('--days <days>', 'for how many days it is valid', readDays, 1)
    .addOption(new Option('--never-expires', 'valid until it is deleted').conflicts('days'))
    .option('--description <text>', 'a note for whoever finds it', '')
    .option('--json', 'print the token with its key as JSON')
    .action(async (identifier: string, options: CreateOptions) => {
      const { db, vault } = await open();
      const user = await getUserNamed(db, options.user);
      const { intent, description } = options;
      const expiresAt = options.neverExpires ? null : new Date(Date.now() + options.days * DAY_MS);
      const { token, key } = await issueToken(db, vault, {
        identifier,
        userId: user.id,
        intent,
        description,
        expiresAt,
      });
      await recordCommand(db, 'model_created', tokenModel(token), { user: user.username });
      printDone(terminal, key, { ...shown(token, user.username), key }, options);
    });
}

function deleteVerb({ terminal, open }: TokenShell): Command {
  return new Command('delete')
    .description('delete a token; its key is refused from now on')
    .argument('<identifier>')
    .action(async (identifier: string) => {
      const { db } = await open();
      const token = await getToken(db, identifier);
      await deleteToken(db, identifier);
      await recordCommand(db, 'model_deleted', tokenModel(token));
      terminal.print(`Deleted token ${identifier}.`);
    });
}

function readDays(text: string): number {
  const days = Number(text);
  if (!(days > 0 && days <= 36_500)) throw new InvalidArgumentError('Give a number of days.');
  return days;
}
