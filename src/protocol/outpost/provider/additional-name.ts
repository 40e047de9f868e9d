// The names of all headers that anybody's attribute `additionalHeaders` gives them. Every application is sent all of them
// for everybody, empty where there is no value: a proxy would otherwise let the client's own header of that name through
// for all whom it is not set for.
import type { Db } from '../../../platform/database/database.ts';
import { isAdditionalName } from '../identity-headers.ts';

/** They go into every answer; more are not sent, to nobody. */
const MOST_NAMES = 64;

/** In alphabetical order, each once, in whichever case it was found first. */
export async function listAdditionalNames(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT DISTINCT name FROM (
      SELECT jsonb_object_keys(attributes -> 'additionalHeaders') AS name FROM users
       WHERE jsonb_typeof(attributes -> 'additionalHeaders') = 'object'
      UNION ALL
      SELECT jsonb_object_keys(attributes -> 'additionalHeaders') FROM groups
       WHERE jsonb_typeof(attributes -> 'additionalHeaders') = 'object'
    ) named ORDER BY name`;
  const names = rows.map(({ name }) => name).filter(isAdditionalName);
  const once = new Map(names.map((name) => [name.toLowerCase(), name]));
  return [...once.values()].slice(0, MOST_NAMES);
}

/** What one reading of changes concerns. */
export interface Touched {
  readonly userIds: ReadonlySet<number>;
  readonly groupIds: ReadonlySet<string>;
}

/** Whether any of these has a name that is not among the known ones. Names that nobody has any more do no harm. */
export async function hasNewName(
  db: Db,
  { userIds, groupIds }: Touched,
  known: readonly string[],
): Promise<boolean> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT DISTINCT jsonb_object_keys(attributes -> 'additionalHeaders') AS name FROM (
      SELECT attributes FROM users WHERE id = ANY(${[...userIds]}::int[])
      UNION ALL
      SELECT attributes FROM groups WHERE id = ANY(${[...groupIds]}::uuid[])
    ) touched WHERE jsonb_typeof(attributes -> 'additionalHeaders') = 'object'`;
  const lower = new Set(known.map((name) => name.toLowerCase()));
  return rows.some(({ name }) => isAdditionalName(name) && !lower.has(name.toLowerCase()));
}
