// `gatelodge <noun> list`, for nouns of which there is one list.
import { Command } from 'commander';
import { type Columns, type OutputOptions, printList } from './output.ts';
import type { Shell } from './terminal.ts';

/** More than anybody has of anything; a table in a terminal has no pages. */
export const MAX_LISTED = 10_000;

/** The verb `list`: the rows under these columns, or as JSON. */
export function listingVerb<Needs, Row>(
  { terminal, open }: Shell<Needs>,
  description: string,
  columns: Columns<Row>,
  listRows: (needs: Needs) => Promise<readonly Row[]>,
): Command {
  return new Command('list')
    .description(description)
    .option('--json', 'print JSON')
    .action(async (options: OutputOptions) => {
      printList(terminal, await listRows(await open()), columns, options);
    });
}
