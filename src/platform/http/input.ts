// What a route is given: query, body and path parameters as one object, checked by the route's schema, and its faults
// in plain sentences of the reader's language.
import { bodyParser } from '@koa/bodyparser';
import type { z } from 'zod';
import { type FieldErrors, InvalidInput } from '../problem/problem.ts';
import type { Translate } from '../view/texts.ts';
import type { Context } from './context.ts';
import { CSRF_FIELD } from './csrf.ts';

const LIMIT = '1mb';
const WHOLE_FORM = 'non_field_errors';

const parse = bodyParser({
  enableTypes: ['json', 'form'],
  parsedMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  jsonLimit: LIMIT,
  formLimit: LIMIT,
  encoding: 'utf-8',
});

/** The body as an object, `{}` when there is none; throws InvalidInput for what is malformed, too large or another type. */
export async function readBody(ctx: Context): Promise<Record<string, unknown>> {
  const { t } = ctx.state;
  try {
    await parse(ctx, async () => undefined);
  } catch (error) {
    const isTooLarge = error instanceof Error && 'status' in error && error.status === 413;
    throw wholeForm(t(isTooLarge ? 'input.bodyTooLarge' : 'input.bodyMalformed'), error);
  }
  const body: unknown = ctx.request.body ?? {};
  const isEmpty = !ctx.request.length;
  if (!isEmpty && !ctx.is('json', '+json', 'urlencoded')) throw wholeForm(t('input.bodyType'));
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw wholeForm(t('input.bodyMalformed'));
  }
  return { ...body };
}

/** Path parameters win over the body, and the body over the query. The form token is not input. */
export function mergeInput(ctx: Context, body: Record<string, unknown>): Record<string, unknown> {
  const parameters: unknown = 'params' in ctx ? ctx.params : {};
  const { [CSRF_FIELD]: _token, ...given } = { ...ctx.query, ...body, ...Object(parameters) };
  return given;
}

/** The input as the schema makes it; throws InvalidInput with a sentence per fault. */
export function checkInput<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  t: Translate,
): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const fields: Record<string, string[]> = {};
  for (const issue of result.error.issues) {
    for (const field of fieldsOf(issue)) fields[field] = [...(fields[field] ?? []), sentence(issue, t)];
  }
  throw new InvalidInput(fields, { cause: result.error });
}

/** Texts for messages that are keys (`user.passwordTooShort`): rules and schemas know no language. */
export function translateFields(fields: FieldErrors, t: Translate): FieldErrors {
  const entries = Object.entries(fields).map(([field, messages]): [string, string[]] => [
    field,
    messages.map((message) => (isKey(message) ? t(message) : message)),
  ]);
  return Object.fromEntries(entries);
}

/** What may be shown again in a form: no secrets, and nothing but text. */
export function withoutSecrets(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isShowable = ([name, value]: [string, unknown]) =>
    !/password|secret|token|code/i.test(name) && (typeof value === 'string' || Array.isArray(value));
  return Object.fromEntries(Object.entries(given).filter(isShowable));
}

function wholeForm(message: string, cause?: unknown): InvalidInput {
  return new InvalidInput({ [WHOLE_FORM]: [message] }, { cause });
}

function fieldsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys;
  const [field] = issue.path;
  return [field === undefined ? WHOLE_FORM : String(field)];
}

function isKey(message: string): boolean {
  return /^[a-z]\w*(?:\.\w+)+$/i.test(message);
}

function sentence(issue: z.core.$ZodIssue, t: Translate): string {
  if (isKey(issue.message)) return t(issue.message);
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? t('input.required')
        : t('input.wrongType', { expected: issue.expected });
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return t('input.required');
      return t(`input.tooSmall.${measureOf(issue.origin)}`, { limit: Number(issue.minimum) });
    case 'too_big':
      return t(`input.tooBig.${measureOf(issue.origin)}`, { limit: Number(issue.maximum) });
    case 'invalid_format':
      return issue.format === 'email' || issue.format === 'url' || issue.format === 'uuid'
        ? t(`input.format.${issue.format}`)
        : t('input.format.other');
    case 'invalid_value':
      return t('input.choice', { choices: issue.values.join(', ') });
    case 'unrecognized_keys':
      return t('input.unknown');
    case 'custom':
      return issue.message;
    default:
      return t('input.invalid');
  }
}

function measureOf(origin: string): 'text' | 'list' | 'number' {
  if (origin === 'string') return 'text';
  return origin === 'array' || origin === 'set' ? 'list' : 'number';
}
