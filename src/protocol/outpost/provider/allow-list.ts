// Addresses that everybody may open (`skip_path_regex`): one expression a line, unanchored, in RE2's syntax, which cannot
// be made slow. They are matched on the path as the application will read it; a path that two programs could read in two
// ways is on no list.
import { RE2JS } from 're2js';
import { type Original, readHost } from '../routing-table.ts';

/** A line that is no expression, and why not. */
export interface FaultyExpression {
  /** Counted from one. */
  readonly line: number;
  readonly expression: string;
  readonly reason: string;
}

/** None when all lines are expressions. */
export function findFaultyExpressions(expressions: string): FaultyExpression[] {
  return expressions.split('\n').flatMap((each, index) => {
    const expression = each.trim();
    try {
      RE2JS.compile(expression);
      return [];
    } catch (error) {
      const said = error instanceof Error ? error.message : '';
      const reason = said.replace('error parsing regexp: ', '') || 'this is not a regular expression';
      return [{ line: index + 1, expression, reason }];
    }
  });
}

/** Whether an address is on the list; `part` is what the expressions are about. Lines that do not compile match nothing. */
export function allowList(expressions: string, part: 'path' | 'url'): (original: Original) => boolean {
  const patterns = linesOf(expressions).flatMap((line) => compile(line) ?? []);
  if (patterns.length === 0) return () => false;
  return (original) => {
    const path = unambiguousPath(original.target);
    if (path === undefined) return false;
    const subject = part === 'path' ? path : urlOf(original, path);
    return subject !== undefined && patterns.some((pattern) => pattern.matcher(subject).find());
  };
}

/** The decoded path without query; undefined when a proxy or an application could make another path of it. */
export function unambiguousPath(target: string): string | undefined {
  const [path = ''] = target.split('?', 1);
  if (!path.startsWith('/') || AMBIGUOUS.test(path)) return undefined;
  try {
    const decoded = decodeURIComponent(path);
    return shapeOf(decoded) === shapeOf(decoded.normalize('NFKC')) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Empty and dot segments, path parameters, backslashes, fragments, anything unprintable; and these or a percent sign in
 * encoded form, which some decode before they look and others after.
 */
const AMBIGUOUS = /\/\/|\/\.{1,2}(?:\/|$)|[;\\#]|[^\x21-\x7e]|%(?:2[ef35]|3[bf]|5c|[01][\da-f]|7f)/i;

/** What means something in a path; some fold other characters into these (a wide slash, a leader of dots). */
function shapeOf(path: string): string {
  return path.replaceAll(/[^/.\\;%?#]/g, '');
}

/** The query stays out: whoever asks could write into it whatever an unanchored expression looks for. */
function urlOf({ scheme, authority }: Original, path: string): string | undefined {
  const host = readHost(authority, scheme);
  return host && `${scheme}://${host.authority}${path}`;
}

function compile(line: string): RE2JS | undefined {
  try {
    return RE2JS.compile(line);
  } catch {
    return undefined;
  }
}

function linesOf(expressions: string): string[] {
  return expressions
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
