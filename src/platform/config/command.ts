// `gatelodge config`: the settings in effect, without secrets, and where each comes from.
import { Command } from 'commander';
import { type Columns, type OutputOptions, printList } from '../../operation/cli/output.ts';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { LoadedConfig, SettingReport } from './config.ts';

const COLUMNS: Columns<SettingReport> = {
  Setting: (setting) => setting.name,
  Value: (setting) => setting.value,
  Source: (setting) => setting.source,
  From: (setting) => setting.from,
};

export function configCommand({ terminal, open }: Shell<Pick<LoadedConfig, 'report' | 'notices'>>): Command {
  return new Command('config')
    .description('print the settings in effect, without secrets')
    .option('--json', 'print JSON')
    .action(async (options: OutputOptions) => {
      const { report, notices } = await open();
      for (const notice of notices) terminal.printError(notice);
      printList(terminal, report, COLUMNS, options);
    });
}
