// The language of computed values: CEL (https://cel.dev), with the words that we give it. Reading is bounded here, when
// an expression is saved; what it does when it runs is bounded by the sandbox.
import { type Context, Environment } from '@marcbachmann/cel-js';

export const MAX_EXPRESSION = 4000;

/** What an expression can see of the world. `none` is no value at all: a claim that is `none` is left out. */
const LANGUAGE = new Environment({
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 1000, maxDepth: 32, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 8 },
})
  .registerVariable('user', 'map<string, dyn>')
  .registerVariable('groups', 'list<string>')
  .registerVariable('application', 'map<string, string>')
  .registerVariable('request', 'map<string, list<string>>')
  .registerVariable('none', 'dyn')
  .registerFunction('map.attribute(string): dyn', attributeAt);

/** An expression that can be run, and where the values of its map literal stand, if it is one. */
export interface Expression {
  run(variables: Context): unknown;
  /** Source of each value by its key; undefined when the expression is anything but a map with constant keys. */
  readonly entries: ReadonlyMap<string, string> | undefined;
}

export type Reading =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly reason: string };

/** Reads an expression and checks its types; a refusal says what is wrong, in one line. */
export function readExpression(source: string): Reading {
  if (source.length > MAX_EXPRESSION)
    return { ok: false, reason: `An expression has no more than ${MAX_EXPRESSION} characters.` };
  try {
    const parsed = LANGUAGE.parse(source);
    if (nodesOf(parsed.ast).some(isBytes)) return { ok: false, reason: 'There are no bytes in claims.' };
    const checked = parsed.check();
    if (!checked.valid) return { ok: false, reason: hinted(reasonOf(checked.error)) };
    return { ok: true, expression: { run: parsed, entries: entriesOf(parsed.ast, source) } };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}

/** The first line of what went wrong: the others draw the place with characters. */
export function reasonOf(error: unknown): string {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return reason;
}

/** In CEL both branches of a condition have one type, so `null` hardly fits anywhere. */
function hinted(reason: string): string {
  return reason.includes("'null'") ? `${reason}. Write none where there is no value.` : reason;
}

type Tree = ReturnType<typeof LANGUAGE.parse>['ast'];

/** Bytes are the one kind of value that lies outside the thread's bounded memory. */
function isBytes({ op, args }: Tree): boolean {
  return (op === 'value' && args instanceof Uint8Array) || (op === 'call' && args[0] === 'bytes');
}

function nodesOf(tree: Tree): Tree[] {
  const below = (part: unknown): Tree[] => {
    if (Array.isArray(part)) return part.flatMap(below);
    return isNode(part) ? nodesOf(part) : [];
  };
  return [tree, ...below(tree.args)];
}

function isNode(part: unknown): part is Tree {
  return typeof part === 'object' && part !== null && 'op' in part && 'args' in part;
}

function entriesOf(tree: Tree, source: string): ReadonlyMap<string, string> | undefined {
  if (tree.op !== 'map') return undefined;
  const entries = new Map<string, string>();
  for (const [key, value] of tree.args) {
    if (key.op !== 'value' || typeof key.args !== 'string') return undefined;
    entries.set(key.args, source.slice(value.start, value.end));
  }
  return entries;
}

/** `user.attribute("unix.shell")`: an attribute by its path, or none. */
function attributeAt(user: { readonly attributes?: unknown }, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isObject ? Reflect.get(value, name) : null;
  }, user.attributes);
}
