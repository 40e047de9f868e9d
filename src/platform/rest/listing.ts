// Lists: what a client may ask for (page, ordering, search) and the envelope that authentik's clients expect.
import { z } from 'zod';
import { text } from '../problem/field.ts';
import { NotFound } from '../problem/problem.ts';

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/** `true` or `false` in a query. */
export const flag = z.stringbool().meta({ type: 'boolean' });

/** ISO 8601 with an offset, as a Date. */
export const timestamp = z.iso.datetime({ offset: true }).transform((moment) => new Date(moment));

/** One or more values of a query: `?name=a&name=b`. */
export function several<Schema extends z.ZodType>(schema: Schema) {
  return z.union([z.array(schema), schema.transform((one) => [one])]);
}

/** Query parameters of every list. */
export const listQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  page_size: z.coerce.number().int().min(1).default(DEFAULT_PAGE_SIZE),
  search: text.max(255).default(''),
  ordering: text.max(255).default(''),
});

export interface Slice {
  readonly skip: number;
  readonly take: number;
}

/** What of the whole the page shows; more than a hundred rows are not given at once. */
export function sliceOf({ page, page_size }: z.output<typeof listQuery>): Slice {
  const take = Math.min(page_size, MAX_PAGE_SIZE);
  return { skip: (page - 1) * take, take };
}

type Direction = 'asc' | 'desc';
export type OrderBy<Column extends string> = { [Name in Column]?: Direction }[];

/** `name,-created` as columns; names that are not orderable are ignored, as authentik does. */
export function orderOf<Column extends string>(
  ordering: string,
  columns: Readonly<Record<string, Column>>,
): OrderBy<Column> | undefined {
  const order = ordering.split(',').flatMap((term): OrderBy<Column> => {
    const [direction, name]: [Direction, string] = term.startsWith('-')
      ? ['desc', term.slice(1)]
      : ['asc', term];
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
    return column === undefined ? [] : ([{ [column]: direction }] as OrderBy<Column>);
  });
  return order.length === 0 ? undefined : order;
}

const pagination = z.object({
  next: z.int(),
  previous: z.int(),
  count: z.int(),
  current: z.int(),
  total_pages: z.int(),
  start_index: z.int(),
  end_index: z.int(),
});

/** The list's answer for rows of the given shape. */
export function pageOf<Shape extends z.ZodType>(shape: Shape) {
  return z.object({ pagination, results: z.array(shape), autocomplete: z.object({}) });
}

/** Puts rows into the envelope; 0 stands for "there is none". Throws NotFound for a page beyond the last. */
export function paginated<Row>(rows: readonly Row[], count: number, page: number, { skip, take }: Slice) {
  const total = Math.max(1, Math.ceil(count / take));
  if (page > total) throw new NotFound('Invalid page.');
  return {
    pagination: {
      next: page < total ? page + 1 : 0,
      previous: page - 1,
      count,
      current: page,
      total_pages: total,
      start_index: count === 0 ? 0 : skip + 1,
      end_index: skip + rows.length,
    },
    results: [...rows],
    autocomplete: {},
  };
}
