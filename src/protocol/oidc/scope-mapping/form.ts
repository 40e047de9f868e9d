// The form for a claim: a kind, and what it is made from in one field of text.
import { z } from 'zod';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { type ClaimSource, claimSource } from '../scope-mapping-fields.ts';

export const CLAIM_KINDS = ['attribute', 'table', 'constant', 'expression'] as const;
export type ClaimKind = (typeof CLAIM_KINDS)[number];

export const claimForm = z.object({
  application: z.string(),
  scope: z.string().trim().min(1),
  claim: z.string().trim().min(1),
  kind: z.enum(CLAIM_KINDS),
  value: z.string().trim().min(1),
  many: z.literal('on').optional(),
});

type ClaimForm = z.output<typeof claimForm>;

/** What the form declares; throws InvalidInput for a value that does not fit its kind. */
export function sourceOf(form: ClaimForm, whatATableLooksLike: string): ClaimSource {
  const checked = claimSource.safeParse(declared(form, whatATableLooksLike));
  if (checked.success) return checked.data;
  throw new InvalidInput({ value: checked.error.issues.map(({ message }) => message) });
}

function declared({ kind, value, many }: ClaimForm, whatATableLooksLike: string): unknown {
  switch (kind) {
    case 'attribute':
      return { attribute: value };
    case 'expression':
      return { expression: value };
    case 'constant':
      return { constant: jsonOrText(value) };
    case 'table':
      return { table: rowsOf(value, whatATableLooksLike), ...(many === 'on' && { many: true }) };
  }
}

/** `group = value`, one a line. */
function rowsOf(lines: string, whatATableLooksLike: string) {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, group, value] = /^(.+?)\s*=\s*(.+)$/.exec(line.trim()) ?? [];
      if (group === undefined || value === undefined)
        throw new InvalidInput({ value: [whatATableLooksLike] });
      return { group, value: jsonOrText(value) };
    });
}

/** `true`, `5` and `["a"]` are what they look like; anything else is text. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
