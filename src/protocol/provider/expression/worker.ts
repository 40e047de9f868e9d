// The thread that expressions run in (sandbox.ts). It gets plain data and gives plain data: an expression has no way to
// anything else, and what it could use up is this thread's.
import { parentPort } from 'node:worker_threads';
import { type Expression, readExpression, reasonOf } from './language.ts';

const MAX_KEPT = 200;
/** A claim is a few words; a token travels in headers. */
const MAX_VALUES = 1000;
const MAX_CHARACTERS = 16_384;

export interface Question {
  readonly source: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export type Evaluation =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

const kept = new Map<string, Expression>();

parentPort?.on('message', (question: Question) => parentPort?.postMessage(evaluate(question)));
parentPort?.postMessage('ready');

function evaluate({ source, variables }: Question): Evaluation {
  try {
    const result = expressionOf(source).run(wholeNumbers({ ...variables, none: null }));
    return { ok: true, value: asJson(result, { values: MAX_VALUES, characters: MAX_CHARACTERS }) };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}

function expressionOf(source: string): Expression {
  const known = kept.get(source);
  if (known) return known;
  const reading = readExpression(source);
  if (!reading.ok) throw new Error(reading.reason);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(source, reading.expression);
  return reading.expression;
}

/** CEL's integers are JavaScript's BigInt; JSON does not tell them from others. */
function wholeNumbers<Value>(value: Value): Value;
function wholeNumbers(value: unknown): unknown {
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (Array.isArray(value)) return value.map((each) => wholeNumbers(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wholeNumbers(each)]));
}

interface Budget {
  values: number;
  characters: number;
}

/** A tree of JSON values, small enough for a token: parts that are shared count each time that they appear. */
function asJson(value: unknown, budget: Budget): unknown {
  budget.values -= 1;
  if (typeof value === 'string') budget.characters -= value.length;
  if (budget.values < 0 || budget.characters < 0) throw new Error('The result is too large.');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return asNumber(Number(value));
  if (typeof value === 'number') return asNumber(value);
  if (Array.isArray(value)) return value.map((each) => asJson(each, budget));
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        budget.characters -= name.length;
        return [name, asJson(each, budget)];
      }),
    );
  }
  throw new Error('The result is neither text, number, truth value, list nor map.');
}

function asNumber(value: number): number {
  if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  throw new Error('The result is a number that JSON cannot hold.');
}
