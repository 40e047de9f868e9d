// How commands answer: a table for people, JSON for scripts.
import Table from 'cli-table3';
import type { Terminal } from './terminal.ts';

/** What every answering command takes beside its own options. */
export interface OutputOptions {
  readonly json?: boolean;
}

type Cell = string | number | boolean | Date | null | undefined | readonly string[];

/** Column headings with what stands under them. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** Prints a list: a table with these columns, or the rows themselves as JSON. */
export function printList<Row>(
  terminal: Terminal,
  rows: readonly Row[],
  columns: Columns<Row>,
  { json = false }: OutputOptions,
): void {
  const cells = rows.map((row) => Object.values(columns).map((cell) => cell(row)));
  terminal.print(json ? asJson(rows) : asTable(cells, Object.keys(columns)));
}

/** Prints one thing: a line per field, or the object as JSON. */
export function printOne(
  terminal: Terminal,
  fields: Readonly<Record<string, Cell>>,
  { json = false }: OutputOptions,
): void {
  terminal.print(json ? asJson(fields) : asTable(Object.entries(fields)));
}

/** Says what was done: a sentence, or what it was done to as JSON. */
export function printDone(
  terminal: Terminal,
  sentence: string,
  subject: object,
  { json = false }: OutputOptions,
): void {
  terminal.print(json ? asJson(subject) : sentence);
}

function asJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

// One rule under the headings is all the drawing that a list needs; it also survives being piped to grep.
const NO_TOP = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '' };
const NO_BOTTOM = { bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
const NO_SIDES = { left: '', 'left-mid': '', right: '', 'right-mid': '', 'mid-mid': '──', middle: '  ' };
const DRAWING = { ...NO_TOP, ...NO_BOTTOM, ...NO_SIDES };
const STYLE = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true };

function asTable(rows: readonly (readonly Cell[])[], head: string[] = []): string {
  const table = new Table({ head, chars: DRAWING, style: STYLE });
  for (const row of rows) table.push(row.map(cellText));
  return table.toString().replaceAll(/ +$/gm, '');
}

function cellText(value: Cell): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value instanceof Date) return value.toISOString().slice(0, 16).replace('T', ' ');
  if (typeof value === 'object') return value.map(printable).join(', ') || '–';
  return printable(String(value));
}

/** A stored name must not be able to move the cursor or recolour an administrator's terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�');
}
