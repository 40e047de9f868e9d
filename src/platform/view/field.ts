// One form field as a page asks for it, and as views/partials/field.eta shows it: with what was typed before and what
// was wrong with it. A password is never shown again.
import type { FieldSentences } from '../problem/problem.ts';

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
  /** Where forms on one page share names: the `intent` of this one. Only what was sent with it counts here. */
  readonly intent?: string;
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
  readonly label: string;
  readonly type: FieldType;
  readonly value: string;
  readonly hint: string;
  readonly errors: readonly string[];
  readonly options: readonly FieldOption[];
  readonly isOptional: boolean;
  /** HTML attributes of the control; one that is only present or absent has an empty value. */
  readonly attributes: ReadonlyArray<readonly [name: string, value: string | number]>;
}

interface Attempt {
  readonly problem: FieldSentences | null;
  readonly typed: Readonly<Record<string, unknown>>;
}

/** Joins a request with what the last attempt typed and got wrong. */
export function fieldOf(request: FieldRequest, lastAttempt: Attempt): Field {
  const { name, label, intent, type = 'text', hint, options = [] } = request;
  const isOfOther = intent !== undefined && lastAttempt.typed.intent !== intent;
  const attempt = isOfOther ? { problem: null, typed: {} } : lastAttempt;
  const id = isOfOther ? `field-${intent}-${name}` : `field-${name}`;
  const errors = attempt.problem?.[name] ?? [];
  return {
    id,
    label,
    type,
    value: type === 'password' ? '' : textOf(attempt.typed[name] ?? request.value),
    hint: hint ?? '',
    errors,
    options,
    isOptional: !(request.required || request.readonly) && type !== 'checkbox' && type !== 'select',
    attributes: attributesOf(request, attempt, id, errors.length > 0),
  };
}

const PASSED_ON = ['autocomplete', 'inputmode', 'placeholder', 'minlength', 'maxlength'] as const;

function attributesOf(request: FieldRequest, { problem, typed }: Attempt, id: string, isInvalid: boolean) {
  const { name, type, hint, rows = 4 } = request;
  const takesFocus = isInvalid || (request.autofocus === true && !hasFieldErrors(problem));
  const describedBy = [
    hint ? `${id}-hint` : '',
    isInvalid ? `${id}-error` : '',
    // Where the focus lands after a refusal of the whole, a screen reader reads the reason (partials/errors).
    problem && takesFocus && !isInvalid ? 'errors' : '',
  ];
  const isChecked = problem ? typed[name] !== undefined : request.checked === true;
  const attributes: Array<readonly [string, string | number | undefined]> = [
    ['id', id],
    ['name', name],
    ['rows', type === 'textarea' ? rows : undefined],
    ['aria-describedby', describedBy.filter(Boolean).join(' ') || undefined],
    ['aria-invalid', isInvalid ? 'true' : undefined],
    ['required', request.required ? '' : undefined],
    ['readonly', request.readonly ? '' : undefined],
    ['checked', type === 'checkbox' && isChecked ? '' : undefined],
    ['autofocus', takesFocus ? '' : undefined],
    ...PASSED_ON.map((attribute) => [attribute, request[attribute]] as const),
  ];
  return attributes.flatMap(([attribute, value]) =>
    value === undefined ? [] : [[attribute, value] as const],
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function hasFieldErrors(problem: FieldSentences | null): boolean {
  return Object.keys(problem ?? {}).some((name) => name !== 'non_field_errors');
}
