// Zod's findings in the product's words: the one place where a ZodError becomes InvalidInput. Routes and rules validate
// with it, so that a form, the API and the command line are told the same; whoever shows a finding translates it.
import type { z } from 'zod';
import { type FieldErrors, type Finding, InvalidInput } from './problem.ts';

const WHOLE_FORM = 'non_field_errors';

/** The parsed value; throws InvalidInput with a finding for every field at fault. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  // A schema's own message wins over this one.
  const result = schema.safeParse(value, { error: textOf });
  if (result.success) return result.data;
  throw new InvalidInput(fieldErrors(result.error), { cause: result.error });
}

/** Findings by top-level field. */
function fieldErrors(error: z.ZodError): FieldErrors {
  const errors: Record<string, Finding[]> = {};
  for (const issue of error.issues) {
    const [field = WHOLE_FORM, ...deeper] = issue.path.map(String);
    const fields = issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [field];
    const finding = { text: issue.message, values: valuesOf(issue), at: deeper.join('.') };
    for (const name of fields) errors[name] = [...(errors[name] ?? []), finding];
  }
  return errors;
}

function valuesOf(issue: z.core.$ZodIssue): Finding['values'] {
  switch (issue.code) {
    case 'invalid_type':
      return { expected: issue.expected };
    case 'too_small':
      return { limit: Number(issue.minimum) };
    case 'too_big':
      return { limit: Number(issue.maximum) };
    case 'invalid_value':
      return { choices: issue.values.join(', ') };
    case 'custom':
      return issue.params ?? {};
    default:
      return {};
  }
}

function textOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'input.required' : 'input.wrongType';
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'input.required';
      return `input.tooSmall.${measureOf(issue.origin)}`;
    case 'too_big':
      return `input.tooBig.${measureOf(issue.origin)}`;
    case 'invalid_format':
      return issue.format === 'email' || issue.format === 'url' || issue.format === 'uuid'
        ? `input.format.${issue.format}`
        : 'input.format.other';
    case 'invalid_value':
      return 'input.choice';
    case 'unrecognized_keys':
      return 'input.unknown';
    default:
      return 'input.invalid';
  }
}

function measureOf(origin: string): 'text' | 'list' | 'number' {
  if (origin === 'string') return 'text';
  return origin === 'array' || origin === 'set' ? 'list' : 'number';
}
