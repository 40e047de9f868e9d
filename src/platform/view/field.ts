// One form field as a page asks for it, and as views/partials/field.eta shows it: with what was typed before and what
// was wrong with it. A password is never shown again.
import type { FieldErrors } from '../problem/problem.ts';

type FieldType =
  | 'text'
  | 'password'
  | 'email'
  | 'url'
  | 'number'
  | 'search'
  | 'textarea'
  | 'select'
  | 'checkbox';

interface FieldOption {
  readonly value: string;
  readonly label: string;
}

/** What a template passes to `it.field(…)`. */
export interface FieldRequest {
  /** Name in the form, and in InvalidInput's fields. */
  readonly name: string;
  readonly label: string;
  readonly type?: FieldType;
  readonly value?: string | null;
  /** For a checkbox; it posts `on`. */
  readonly checked?: boolean;
  readonly hint?: string | null;
  readonly options?: readonly FieldOption[];
  readonly autofocus?: boolean;
  readonly required?: boolean;
  readonly readonly?: boolean;
  readonly rows?: number;
  readonly autocomplete?: string;
  readonly inputmode?: string;
  readonly placeholder?: string;
  readonly minlength?: number;
  readonly maxlength?: number;
}

/** What views/partials/field.eta prints. */
export interface Field {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly value: string;
  readonly isChecked: boolean;
  readonly hint: string;
  readonly errors: readonly string[];
  /** Ids of hint and errors for aria-describedby; empty when there are none. */
  readonly describedBy: string;
  readonly options: readonly FieldOption[];
  readonly rows: number;
  readonly isRequired: boolean;
  readonly isReadonly: boolean;
  readonly hasFocus: boolean;
  /** Further HTML attributes with their values. */
  readonly attributes: ReadonlyArray<readonly [name: string, value: string | number]>;
}

interface Attempt {
  readonly problem: FieldErrors | null;
  readonly typed: Readonly<Record<string, unknown>>;
}

const PASSED_ON = ['autocomplete', 'inputmode', 'placeholder', 'minlength', 'maxlength'] as const;

/** Joins a request with what the last attempt typed and got wrong. */
export function fieldOf(request: FieldRequest, { problem, typed }: Attempt): Field {
  const { name, label, type = 'text', hint, options = [], rows = 4 } = request;
  const id = `field-${name}`;
  const errors = problem?.[name] ?? [];
  const describedBy = [hint ? `${id}-hint` : '', errors.length > 0 ? `${id}-error` : ''];
  return {
    id,
    name,
    label,
    type,
    value: type === 'password' ? '' : textOf(typed[name] ?? request.value),
    isChecked: problem ? typed[name] !== undefined : request.checked === true,
    hint: hint ?? '',
    errors,
    describedBy: describedBy.filter(Boolean).join(' '),
    options,
    rows,
    isRequired: request.required === true,
    isReadonly: request.readonly === true,
    hasFocus: errors.length > 0 || (request.autofocus === true && !hasFieldErrors(problem)),
    attributes: PASSED_ON.flatMap((attribute) => {
      const value = request[attribute];
      return value === undefined ? [] : [[attribute, value] as const];
    }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function hasFieldErrors(problem: FieldErrors | null): boolean {
  return Object.keys(problem ?? {}).some((name) => name !== 'non_field_errors');
}
