// What a route is given: query, body and path parameters as one object; and what is wrong with it, in plain sentences of
// the reader's language.
import { bodyParser } from '@koa/bodyparser';
import {
  type FieldErrors,
  type FieldMessage,
  type FieldSentences,
  InvalidInput,
} from '../problem/problem.ts';
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

/** What rules and schemas have found, in the reader's language: they know none, and may name a text by its key. */
export function translateFields(fields: FieldErrors, t: Translate): FieldSentences {
  const entries = Object.entries(fields).map(([field, messages]): [string, string[]] => [
    field,
    messages.map((message) => sentence(message, t)),
  ]);
  return Object.fromEntries(entries);
}

function sentence(message: FieldMessage, t: Translate): string {
  const { text, values, at } = typeof message === 'string' ? { text: message, values: {}, at: '' } : message;
  const said = isKey(text) ? t(text, values) : text;
  return at === '' ? said : `${at}: ${said}`;
}

/** What may be shown again in a form: no secrets (the name of an attribute is none), and nothing but text. */
export function withoutSecrets(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isShowable = ([name, value]: [string, unknown]) =>
    (!/password|secret|token|code/i.test(name) || name.endsWith('_attribute')) &&
    (typeof value === 'string' || Array.isArray(value));
  return Object.fromEntries(Object.entries(given).filter(isShowable));
}

function wholeForm(message: string, cause?: unknown): InvalidInput {
  return new InvalidInput({ [WHOLE_FORM]: [message] }, { cause });
}

function isKey(message: string): boolean {
  return /^[a-z]\w*(?:\.\w+)+$/i.test(message);
}
