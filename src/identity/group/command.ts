// `gatelodge group …`: groups and who is in them.
import { Command } from 'commander';
import { groupModel } from '../../operation/admin/model.ts';
import { recordCommand } from '../../operation/cli/audit.ts';
import { listingVerb, MAX_LISTED } from '../../operation/cli/listing-verb.ts';
import { getGroupNamed, getUserNamed } from '../../operation/cli/naming.ts';
import { type Columns, type OutputOptions, printDone } from '../../operation/cli/output.ts';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { createGroup, deleteGroup, type Group, listGroups } from './group.ts';
import { addUser, removeUser } from './membership.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
}

type GroupShell = Shell<Needs>;

export function groupCommand(shell: GroupShell): Command {
  return new Command('group')
    .description('groups and who is in them')
    .addCommand(listVerb(shell))
    .addCommand(createVerb(shell))
    .addCommand(deleteVerb(shell))
    .addCommand(addUserVerb(shell))
    .addCommand(removeUserVerb(shell));
}

const shown = (group: Group) => ({
  pk: group.id,
  name: group.name,
  is_superuser: group.isSuperuser,
  parents: group.parents.map(({ parent }) => parent.name),
});

const COLUMNS: Columns<ReturnType<typeof shown>> = {
  Name: (group) => group.name,
  'Makes administrators': (group) => group.is_superuser,
  'Part of': (group) => group.parents,
};

function listVerb(shell: GroupShell): Command {
  return listingVerb(shell, 'list groups', COLUMNS, async ({ db }) => {
    const { results } = await listGroups(db, { take: MAX_LISTED });
    return results.map(shown);
  });
}

interface CreateOptions extends OutputOptions {
  readonly superuser?: boolean;
}

function createVerb({ terminal, open }: GroupShell): Command {
  return new Command('create')
    .description('create a group')
    .argument('<name>')
    .option('--superuser', 'make its members administrators')
    .option('--json', 'print the group as JSON')
    .action(async (name: string, options: CreateOptions) => {
      const { db, changes } = await open();
      const group = await createGroup(db, changes, { name, isSuperuser: options.superuser ?? false });
      await recordCommand(db, 'model_created', groupModel(group));
      printDone(terminal, `Created group ${group.name}.`, shown(group), options);
    });
}

function deleteVerb({ terminal, open }: GroupShell): Command {
  return new Command('delete')
    .description('delete a group; its members stay')
    .argument('<group>')
    .action(async (name: string) => {
      const { db, changes } = await open();
      const group = await getGroupNamed(db, name);
      await deleteGroup(db, changes, group.id);
      await recordCommand(db, 'model_deleted', groupModel(group));
      terminal.print(`Deleted group ${name}.`);
    });
}

function addUserVerb({ terminal, open }: GroupShell): Command {
  return new Command('add-user')
    .description('put a user in a group')
    .argument('<group>')
    .argument('<user>', 'username, or e-mail address')
    .action(async (groupName: string, login: string) => {
      const { db, changes } = await open();
      const group = await getGroupNamed(db, groupName);
      const user = await getUserNamed(db, login);
      await addUser(db, changes, group.id, user.id);
      await recordCommand(db, 'model_updated', groupModel(group), { added: user.username });
      terminal.print(`${user.username} is in ${group.name}.`);
    });
}

function removeUserVerb({ terminal, open }: GroupShell): Command {
  return new Command('remove-user')
    .description('take a user out of a group')
    .argument('<group>')
    .argument('<user>', 'username, or e-mail address')
    .action(async (groupName: string, login: string) => {
      const { db, changes } = await open();
      const group = await getGroupNamed(db, groupName);
      const user = await getUserNamed(db, login);
      await removeUser(db, changes, group.id, user.id);
      await recordCommand(db, 'model_updated', groupModel(group), { removed: user.username });
      terminal.print(`${user.username} is not in ${group.name}.`);
    });
}
