// `gatelodge session …`: who is signed in where, and ending it.
import { Command } from 'commander';
import { getUser } from '../../identity/user/user.ts';
import { userModel } from '../../operation/admin/model.ts';
import { recordCommand } from '../../operation/cli/audit.ts';
import { getUserNamed } from '../../operation/cli/naming.ts';
import { type Columns, type OutputOptions, printList } from '../../operation/cli/output.ts';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { Db } from '../../platform/database/database.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import type { Sessions } from './session.ts';
import type { SsoSession } from './store.ts';

interface Needs {
  readonly db: Db;
  readonly sessions: Sessions;
}

type SessionShell = Shell<Needs>;

export function sessionCommand(shell: SessionShell): Command {
  return new Command('session')
    .description('who is signed in where')
    .addCommand(listVerb(shell))
    .addCommand(endVerb(shell))
    .addCommand(endAllVerb(shell));
}

const shown = (session: SsoSession) => ({
  uuid: session.id,
  last_ip: session.clientAddress,
  user_agent: session.userAgent,
  methods: session.methods,
  created: session.createdAt,
  last_used: session.lastSeenAt,
  expires: session.expiresAt,
});

const COLUMNS: Columns<ReturnType<typeof shown>> = {
  Id: (session) => session.uuid,
  Address: (session) => session.last_ip,
  'Signed in': (session) => session.created,
  'Last seen': (session) => session.last_used,
  Expires: (session) => session.expires,
};

function listVerb({ terminal, open }: SessionShell): Command {
  return new Command('list')
    .description('list the sessions of a user')
    .argument('<user>', 'username, or e-mail address')
    .option('--json', 'print JSON')
    .action(async (login: string, options: OutputOptions) => {
      const { db, sessions } = await open();
      const { id } = await getUserNamed(db, login);
      printList(terminal, (await sessions.list(id)).map(shown), COLUMNS, options);
    });
}

function endVerb({ terminal, open }: SessionShell): Command {
  return new Command('end')
    .description('sign one session out, everywhere')
    .argument('<id>')
    .action(async (id: string) => {
      const { db, sessions } = await open();
      const ended = await sessions.end(id);
      if (!ended) throw new NotFound(`There is no session "${id}".`);
      await recordCommand(db, 'logout', userModel(await getUser(db, ended.userId)), { session: id });
      terminal.print('Ended the session.');
    });
}

function endAllVerb({ terminal, open }: SessionShell): Command {
  return new Command('end-all')
    .description('sign a user out everywhere')
    .argument('<user>', 'username, or e-mail address')
    .action(async (login: string) => {
      const { db, sessions } = await open();
      const user = await getUserNamed(db, login);
      await sessions.endAllOf(user.id);
      await recordCommand(db, 'logout', userModel(user), { sessions: 'all' });
      terminal.print(`Ended all sessions of ${user.username}.`);
    });
}
