// What a handler answers with when it answers with a page. Page functions in `views.ts` build these as plain data;
// templates have only `if` and `for`.

/** A template under views/ with the data it needs. */
export interface Page {
  readonly kind: 'page';
  /** Path under views/ without ending, for example `signin/password`. */
  readonly template: string;
  /** Text for the browser tab, already translated. */
  readonly title: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** HTTP status; 200 unless given. */
  readonly status?: number;
}

/** Makes a page; `template` is named in exactly one place, the page function that calls this. */
export function page(
  template: string,
  title: string,
  data: Readonly<Record<string, unknown>> = {},
  status = 200,
): Page {
  return { kind: 'page', template, title, data, status };
}

/** The same page with another status, for example 400 when a form is shown again. */
export function withStatus(original: Page, status: number): Page {
  return { ...original, status };
}
