// Zod's findings in the product's words: the one place where a ZodError becomes InvalidInput. Rules validate what they
// are given with it, so that a form, the API and the command line are told the same.
import type { z } from 'zod';
import { type FieldErrors, InvalidInput } from './problem.ts';

const WHOLE_FORM = 'non_field_errors';

/** The parsed value; throws InvalidInput with a sentence for every field at fault. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { error: inWords });
  if (result.success) return result.data;
  throw new InvalidInput(fieldErrors(result.error), { cause: result.error });
}

/** Messages by top-level field; what is wrong deeper down names its path. */
function fieldErrors(error: z.ZodError): FieldErrors {
  const errors: Record<string, string[]> = {};
  const add = (field: string, message: string) => {
    errors[field] = [...(errors[field] ?? []), message];
  };
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) add(key, 'There is no such field, or it cannot be set here.');
      continue;
    }
    const [field = WHOLE_FORM, ...deeper] = issue.path.map(String);
    add(field, deeper.length === 0 ? issue.message : `${deeper.join('.')}: ${issue.message}`);
  }
  return errors;
}

/** The sentences that Zod has no good words for; it keeps its own for the rest. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'This field is required.';
  if (issue.code === 'too_small' && issue.origin === 'string') return 'This field may not be blank.';
  if (issue.code === 'too_big' && issue.origin === 'string') {
    return `Ensure this field has no more than ${issue.maximum} characters.`;
  }
  return undefined;
}
