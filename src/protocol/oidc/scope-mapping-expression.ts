// A scope mapping as one expression, the form that authentik's API gives it: a CEL map from claims to values. What is
// declared is shown so, and a map that is written becomes one declared claim for each of its keys, so that each can fail
// alone, discovery knows their names, and none can take the name of a claim that we set ourselves.
import { readExpression } from '../provider/expression/language.ts';
import type { ClaimSource, ClaimsDeclaration } from './scope-mapping-fields.ts';

export type Declared =
  | { readonly ok: true; readonly claims: ClaimsDeclaration }
  | { readonly ok: false; readonly reason: string };

const PYTHON =
  /^\s*(?:#|import |from |def |if |for |return\b)|\brequest\.user\b|\bNone\b|\bTrue\b|\bFalse\b|\bak_/m;
const NOT_PYTHON =
  "This is one of authentik's expressions, which are Python and cannot be run here. Write a CEL map from claims to" +
  ' values instead, for example {"policy": "admins" in groups ? "consoleAdmin" : none}.';

/** The claims that an expression declares; a refusal says what to write instead. */
export function claimsDeclaredBy(source: string): Declared {
  if (source.trim() === '') return { ok: true, claims: {} };
  const reading = readExpression(source);
  if (!reading.ok) return { ok: false, reason: PYTHON.test(source) ? NOT_PYTHON : reading.reason };
  const { entries } = reading.expression;
  if (!entries) return { ok: false, reason: 'Write a map from claims to values: {"claim": value}.' };
  const claims = [...entries].map(([name, value]) => [name, { expression: value }]);
  return { ok: true, claims: Object.fromEntries(claims) };
}

/** The same claims as one expression. */
export function expressionOf(claims: ClaimsDeclaration): string {
  const entries = Object.entries(claims).map(
    ([name, source]) => `${literal(name)}: ${sourceInWords(source)}`,
  );
  return entries.length === 0 ? '{}' : `{\n  ${entries.join(',\n  ')}\n}`;
}

function sourceInWords(source: ClaimSource): string {
  if ('expression' in source) return source.expression;
  if ('constant' in source) return literal(source.constant);
  if ('user' in source) return `user.${source.user}`;
  if ('attribute' in source) return `user.attribute(${literal(source.attribute)})`;
  const { table, many, otherwise } = source;
  const last = otherwise === undefined ? 'none' : `dyn(${literal(otherwise)})`;
  if (!many) return rowsOf(source).reduceRight((rest, [is, value]) => `${is} ? ${value} : ${rest}`, last);
  const names = literal([...new Set(table.map(({ group }) => group))]);
  const values = literal(Object.fromEntries(table.map(({ group, value }) => [group, value])));
  const list = `${names}.filter(g, g in groups).map(g, ${values}[g])`;
  return `groups.exists(g, g in ${names}) ? dyn(${list}) : ${last}`;
}

function rowsOf({ table }: Extract<ClaimSource, { table: unknown }>): [string, string][] {
  return table.map(({ group, value }) => [`${literal(group)} in groups`, `dyn(${literal(value)})`]);
}

/** JSON is CEL, but for its null. */
function literal(value: unknown): string {
  return value === null ? 'none' : JSON.stringify(value);
}
