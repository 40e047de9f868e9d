// `gatelodge user …`: people and service accounts.
import { Command, Option } from 'commander';
import { userModel } from '../../operation/admin/model.ts';
import { recordCommand } from '../../operation/cli/audit.ts';
import { listingVerb, MAX_LISTED } from '../../operation/cli/listing-verb.ts';
import { getGroupNamed, getUserNamed } from '../../operation/cli/naming.ts';
import { type Columns, type OutputOptions, printDone } from '../../operation/cli/output.ts';
import { type PasswordOptions, readNewPassword } from '../../operation/cli/password.ts';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { ListenAddress } from '../../platform/config/listen-address.ts';
import type { PasswordHasher } from '../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { Conflict, InvalidInput } from '../../platform/problem/problem.ts';
import { liftLockout } from '../../signin/session/lockout.ts';
import { issueRecoveryLink } from '../../signin/stage/recovery-link/recovery-link.ts';
import { deleteFactors } from '../../signin/stage/second-factor/factor.ts';
import { addUser } from '../group/membership.ts';
import { setPassword } from './password.ts';
import { refuseWeakPassword } from './password-rules.ts';
import { createUser, deleteUser, listUsers, type User, updateUser } from './user.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly passwords: PasswordHasher;
  readonly sessions: { endAllOf(userId: number): Promise<void> };
  readonly config: { readonly url?: string | undefined; readonly listenHttp: ListenAddress };
}

type UserShell = Shell<Needs>;

export function userCommand(shell: UserShell): Command {
  return new Command('user')
    .description('people and service accounts')
    .addCommand(listVerb(shell))
    .addCommand(createVerb(shell))
    .addCommand(updateVerb(shell))
    .addCommand(setPasswordVerb(shell))
    .addCommand(recoveryLinkVerb(shell))
    .addCommand(unlockVerb(shell))
    .addCommand(removeFactorsVerb(shell))
    .addCommand(deleteVerb(shell));
}

const shown = (user: User) => ({
  pk: user.id,
  username: user.username,
  name: user.name,
  email: user.email,
  is_active: user.isActive,
  type: user.type,
  uid: user.uid,
  last_login: user.lastLoginAt,
});

const COLUMNS: Columns<ReturnType<typeof shown>> = {
  Id: (user) => user.pk,
  Username: (user) => user.username,
  Name: (user) => user.name,
  'E-mail': (user) => user.email,
  Active: (user) => user.is_active,
  'Last sign-in': (user) => user.last_login,
};

function listVerb(shell: UserShell): Command {
  return listingVerb(shell, 'list users', COLUMNS, async ({ db }) => {
    const { results } = await listUsers(db, { take: MAX_LISTED });
    return results.map(shown);
  });
}

interface FieldOptions extends OutputOptions {
  readonly name?: string;
  readonly email?: string;
  readonly type?: User['type'];
}

function withFields(verb: Command): Command {
  return verb
    .option('--name <name>', 'full name')
    .option('--email <address>', 'e-mail address')
    .addOption(
      new Option('--type <type>', 'what kind of user').choices(['internal', 'external', 'service_account']),
    )
    .option('--json', 'print the user as JSON');
}

interface CreateOptions extends FieldOptions, PasswordOptions {
  readonly group?: readonly string[];
}

function createVerb({ terminal, open }: UserShell): Command {
  return withFields(new Command('create'))
    .description('create a user; asks for a password when run by a person')
    .argument('<username>')
    .option('--group <group...>', 'groups to put the user in')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (username: string, options: CreateOptions) => {
      const { db, changes, passwords } = await open();
      const { name, email, type } = options;
      const password = await readNewPassword(terminal, options);
      if (password) await refuseWeakPassword(password, { username, ...given({ name, email }) });
      const user = await inTransaction(db, changes, async (tx, publisher) => {
        const created = await createUser(tx, publisher, { username, ...given({ name, email, type }) });
        for (const name of options.group ?? []) {
          const group = await getGroupNamed(tx, name);
          await addUser(tx, publisher, group.id, created.id);
        }
        await recordCommand(tx, 'model_created', userModel(created));
        return created;
      });
      if (password) await setPassword(db, changes, passwords, user.id, password);
      printDone(terminal, `Created user ${user.username} (${user.id}).`, shown(user), options);
    });
}

interface UpdateOptions extends FieldOptions {
  readonly username?: string;
  readonly activate?: true;
  readonly deactivate?: true;
  readonly emailVerified?: boolean;
}

function updateVerb({ terminal, open }: UserShell): Command {
  return withFields(new Command('update'))
    .description('change what is known about a user')
    .argument('<user>', 'username, or e-mail address')
    .option('--username <username>', 'a new username')
    .addOption(new Option('--activate', 'let the user sign in').conflicts('deactivate'))
    .option('--deactivate', 'end all sessions and let the user sign in no more')
    .option('--email-verified', 'tell applications that the e-mail address is verified')
    .option('--no-email-verified', 'tell applications that it is not')
    .action(async (login: string, options: UpdateOptions) => {
      const { db, changes, sessions } = await open();
      const { username, name, email, type, emailVerified } = options;
      const isActive = options.activate ?? (options.deactivate ? false : undefined);
      const { id } = await getUserNamed(db, login);
      const fields = given({ username, name, email, type, emailVerified, isActive });
      const user = await updateUser(db, changes, id, fields);
      if (options.deactivate) await sessions.endAllOf(id);
      await recordCommand(db, 'model_updated', userModel(user), { fields: Object.keys(fields) });
      printDone(terminal, `Updated user ${user.username}.`, shown(user), options);
    });
}

function setPasswordVerb({ terminal, open }: UserShell): Command {
  return new Command('set-password')
    .description('set a password and end all sessions of the user')
    .argument('<user>', 'username, or e-mail address')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (login: string, options: PasswordOptions) => {
      const { db, changes, passwords, sessions } = await open();
      const user = await getUserNamed(db, login);
      const password = await readNewPassword(terminal, options);
      if (!password) throw new InvalidInput({ password: ['Pipe the password in and say --password-stdin.'] });
      await setPassword(db, changes, passwords, user.id, password);
      await sessions.endAllOf(user.id);
      await recordCommand(db, 'password_set', userModel(user));
      terminal.print(`Set the password of ${user.username}.`);
    });
}

interface RecoveryOptions {
  readonly removeSecondFactors?: true;
}

function recoveryLinkVerb({ terminal, open }: UserShell): Command {
  return new Command('recovery-link')
    .description('print a link with which the user chooses a new password: once, within half an hour')
    .argument('<user>', 'username, or e-mail address')
    .option('--remove-second-factors', 'also take away the second factors, which the link would ask for')
    .action(async (login: string, { removeSecondFactors }: RecoveryOptions) => {
      const { db, changes, config } = await open();
      const user = await getUserNamed(db, login);
      if (!user.isActive)
        throw new Conflict(`${user.username} is deactivated: use \`user update --activate\` first.`);
      if (removeSecondFactors) await deleteFactors(db, changes, user.id);
      await liftLockout(db, user);
      const path = await issueRecoveryLink(db, user.id);
      await recordCommand(db, 'secret_view', userModel(user), {
        recovery: 'link',
        secondFactors: removeSecondFactors ? 'removed' : 'kept',
      });
      terminal.print(new URL(path, originOf(config)).href);
    });
}

/** Without GATELODGE_URL nobody has said how browsers reach us; on this machine it is by the port. */
function originOf({ url, listenHttp }: Needs['config']): string {
  return url ?? `http://localhost:${'port' in listenHttp ? listenHttp.port : 9000}`;
}

function unlockVerb({ terminal, open }: UserShell): Command {
  return new Command('unlock')
    .description('let the user try again at once after too many wrong passwords or codes')
    .argument('<user>', 'username, or e-mail address')
    .action(async (login: string) => {
      const { db } = await open();
      const user = await getUserNamed(db, login);
      await liftLockout(db, user);
      await recordCommand(db, 'user_write', userModel(user), { lockout: 'lifted' });
      terminal.print(`${user.username} can try again now.`);
    });
}

function removeFactorsVerb({ terminal, open }: UserShell): Command {
  return new Command('remove-factors')
    .description('remove passkeys, authenticator apps and recovery codes of a user who has lost them')
    .argument('<user>', 'username, or e-mail address')
    .action(async (login: string) => {
      const { db, changes } = await open();
      const user = await getUserNamed(db, login);
      const count = await deleteFactors(db, changes, user.id);
      await recordCommand(db, 'model_updated', userModel(user), { removedFactors: count });
      terminal.print(`Removed ${count} second factors of ${user.username}. The password alone signs in now.`);
    });
}

function deleteVerb({ terminal, open }: UserShell): Command {
  return new Command('delete')
    .description('delete a user and everything that is theirs')
    .argument('<user>', 'username, or e-mail address')
    .action(async (login: string) => {
      const { db, changes, sessions } = await open();
      const user = await getUserNamed(db, login);
      await deleteUser(db, changes, user.id);
      await sessions.endAllOf(user.id);
      await recordCommand(db, 'model_deleted', userModel(user));
      terminal.print(`Deleted user ${user.username}.`);
    });
}
