// `gatelodge key …`: the keys that tokens are signed with.
import { Command, Option } from 'commander';
import { signingKeyModel } from '../../../operation/admin/model.ts';
import { recordCommand } from '../../../operation/cli/audit.ts';
import { listingVerb } from '../../../operation/cli/listing-verb.ts';
import { type Columns, type OutputOptions, printDone, printList } from '../../../operation/cli/output.ts';
import type { Shell } from '../../../operation/cli/terminal.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { PrismaClient } from '../../../platform/database/generated/client.ts';
import { Conflict } from '../../../platform/problem/problem.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../signing-algorithm.ts';
import { listSigningKeys, type PublicSigningKey } from '../signing-key.ts';
import { retireSigningKey } from './retirement.ts';
import { type Rotation, rotateSigningKey } from './rotation.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly vault: Vault;
}

type KeyShell = Shell<Needs>;

export function keyCommand(shell: KeyShell): Command {
  return new Command('key')
    .description('the keys that tokens are signed with')
    .addCommand(listVerb(shell))
    .addCommand(rotateVerb(shell))
    .addCommand(retireVerb(shell));
}

const listed = ({ id, algorithm, activeAt, retiredAt }: PublicSigningKey) => ({
  kid: id,
  algorithm,
  active_at: activeAt,
  retired_at: retiredAt,
});

const COLUMNS: Columns<ReturnType<typeof listed>> = {
  Kid: (key) => key.kid,
  Algorithm: (key) => key.algorithm,
  'Signs from': (key) => key.active_at,
  'Published until': (key) => key.retired_at,
};

function listVerb(shell: KeyShell): Command {
  return listingVerb(shell, 'list the published keys, youngest first', COLUMNS, async ({ db }) =>
    (await listSigningKeys(db)).map(listed),
  );
}

interface RotateOptions extends OutputOptions {
  readonly algorithm?: SigningAlgorithm;
  readonly now?: boolean;
}

const rotated = ({ id, algorithm, activeAt }: Rotation) => ({ kid: id, algorithm, active_at: activeAt });

const ROTATED: Columns<ReturnType<typeof rotated>> = {
  'New kid': (key) => key.kid,
  Algorithm: (key) => key.algorithm,
  'Signs from': (key) => key.active_at,
};

function rotateVerb({ terminal, open }: KeyShell): Command {
  return new Command('rotate')
    .description('make the next key of each algorithm: published now, it signs in a day')
    .addOption(new Option('--algorithm <name>', 'only of this algorithm').choices(SIGNING_ALGORITHMS))
    .option('--now', 'let it sign at once; a service that keeps old keys may refuse people for a while')
    .option('--json', 'print JSON')
    .action(async ({ algorithm, now: isImmediate = false, ...options }: RotateOptions) => {
      const { db, changes, vault } = await open();
      const inUse = new Set((await listSigningKeys(db)).map((key) => key.algorithm));
      const chosen = SIGNING_ALGORITHMS.filter((name) => (algorithm ? name === algorithm : inUse.has(name)));
      const rotations: Rotation[] = [];
      for (const name of chosen) {
        const rotation = await rotateSigningKey(db, changes, vault, name, { isImmediate });
        await recordCommand(db, 'secret_rotate', signingKeyModel(rotation.id, name));
        rotations.push(rotation);
      }
      printList(terminal, rotations.map(rotated), ROTATED, options);
    });
}

interface RetireOptions extends OutputOptions {
  readonly yes?: boolean;
}

function retireVerb({ terminal, open }: KeyShell): Command {
  return (
    new Command('retire')
      .description(
        'take a key that somebody else may have out of use at once; another one signs from then on',
      )
      .argument('<kid>')
      .option('--yes', 'confirm: services refuse what it has signed until they have fetched the keys again')
      .option('--json', 'print JSON')
      // One kid in sixty-four begins with a hyphen.
      .allowUnknownOption()
      .action(async (kid: string, { yes: isConfirmed = false, ...options }: RetireOptions) => {
        if (!isConfirmed) throw new Conflict(UNCONFIRMED);
        const { db, changes, vault } = await open();
        const { algorithm, successor } = await retireSigningKey(db, changes, vault, kid);
        const details = { retired: kid, ...(successor !== undefined && { successor }) };
        await recordCommand(db, 'secret_rotate', signingKeyModel(kid, algorithm), details);
        const done = `Retired ${kid}.${successor === undefined ? '' : ` ${successor} signs from now on.`}`;
        printDone(terminal, done, { kid, algorithm, successor: successor ?? null }, options);
      })
  );
}

const UNCONFIRMED =
  'What this key has signed will not be accepted any more, here at once and by services as soon as they fetch the keys ' +
  'again. If that is what you want, add --yes. To replace a key without anybody noticing, use: gatelodge key rotate';
