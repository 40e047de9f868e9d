// `gatelodge check`: do the parts answer that these settings name?
import { Command } from 'commander';
import { Unavailable } from '../../platform/problem/problem.ts';
import { type Columns, type OutputOptions, printList } from './output.ts';
import type { Shell } from './terminal.ts';

interface Needs {
  readonly database: { readonly kind: string; ping(): Promise<void> };
  readonly redis: { ping(): Promise<unknown> } | undefined;
  readonly changes: { ping(): Promise<void> };
  readonly mailer: { readonly isConfigured: boolean };
}

interface Finding {
  readonly part: string;
  readonly ok: boolean;
  readonly detail: string;
}

const COLUMNS: Columns<Finding> = {
  Part: (finding) => finding.part,
  'In order': (finding) => finding.ok,
  Detail: (finding) => finding.detail,
};

export function checkCommand({ terminal, open }: Shell<Needs>): Command {
  return new Command('check')
    .description('check the settings, and whether what they name can be reached')
    .option('--json', 'print JSON')
    .action(async (options: OutputOptions) => {
      const { database, redis, changes, mailer } = await open();
      const findings = [
        await askPart('database', database.kind, () => database.ping()),
        await askPart('sessions', redis ? 'redis' : 'database', () => redis?.ping()),
        await askPart('changes', 'told to other replicas', () => changes.ping()),
        {
          part: 'mail',
          ok: true,
          detail: mailer.isConfigured ? 'SMTP' : 'not configured: mails go to the log',
        },
      ];
      printList(terminal, findings, COLUMNS, options);
      if (findings.some(({ ok }) => !ok)) throw new Unavailable('Not everything answers.');
    });
}

async function askPart(
  part: string,
  detail: string,
  ask: () => Promise<unknown> | undefined,
): Promise<Finding> {
  try {
    await ask();
    return { part, ok: true, detail };
  } catch (error) {
    return {
      part,
      ok: false,
      detail: `${detail}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
