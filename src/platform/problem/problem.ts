// Every refusal that a person or a program may cause. `code` is stable and public, `message` is for the reader,
// `cause` is for the log. Anything else that is thrown is a bug and is answered as one (http/error-renderer.ts).

/** The closed union of public codes: clients and support threads may rely on them. */
export type ProblemCode =
  | 'invalid_input'
  | 'not_signed_in'
  | 'not_recently_signed_in'
  | 'forbidden'
  | 'csrf'
  | 'not_found'
  | 'conflict'
  | 'expired'
  | 'too_many_requests'
  | 'unavailable';

/** What Zod found: a sentence or the key of a text, what fills it in, and where inside the field it was (`0.url`). */
export interface Finding {
  readonly text: string;
  readonly values: Readonly<Record<string, string | number>>;
  readonly at: string;
}

/** A sentence, or the key of a text (`user.passwordTooShort`): rules know no language. */
export type FieldMessage = string | Finding;

/** Messages by field, as in authentik's API: `{"slug": ["…"]}`; a whole-form message stands under `non_field_errors`. */
export type FieldErrors = Readonly<Record<string, readonly FieldMessage[]>>;

/** The same in sentences of the reader's language. */
export type FieldSentences = Readonly<Record<string, readonly string[]>>;

interface ProblemOptions {
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
}

/** Base of all refusals; throw one of the kinds below. */
export abstract class Problem extends Error {
  abstract readonly code: ProblemCode;
  abstract readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, options: ProblemOptions = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** 400: one or more fields are wrong; nothing was changed. */
export class InvalidInput extends Problem {
  readonly code = 'invalid_input';
  readonly status = 400;
  readonly fields: FieldErrors;

  constructor(fields: FieldErrors, options?: ProblemOptions) {
    const messages = Object.values(fields).flat();
    super(messages.map((said) => (typeof said === 'string' ? said : said.text)).join(' '), options);
    this.fields = fields;
  }
}

/** 401 (403 in the API, as authentik answers): who is asking is not known. */
export class NotSignedIn extends Problem {
  readonly code = 'not_signed_in';
  readonly status = 401;
}

/** 403: known, but must prove it again before a sensitive act. */
export class NotRecentlySignedIn extends Problem {
  readonly code = 'not_recently_signed_in';
  readonly status = 403;
}

/** 403: known, and not allowed. */
export class Forbidden extends Problem {
  readonly code: 'forbidden' | 'csrf';
  readonly status = 403;

  constructor(message: string, options: ProblemOptions & { readonly code?: 'forbidden' | 'csrf' } = {}) {
    super(message, options);
    this.code = options.code ?? 'forbidden';
  }
}

/** 404: not there, or not for the one who asks; the two are never told apart. */
export class NotFound extends Problem {
  readonly code = 'not_found';
  readonly status = 404;
}

/** 409: the state of things does not allow it. */
export class Conflict extends Problem {
  readonly code = 'conflict';
  readonly status = 409;
}

/** 410: it was valid once: a link, a request, an invitation. */
export class Expired extends Problem {
  readonly code = 'expired';
  readonly status = 410;
}

/** 429, with Retry-After. */
export class TooManyRequests extends Problem {
  readonly code = 'too_many_requests';
  readonly status = 429;
}

/** 503, with Retry-After: a part we need does not answer. */
export class Unavailable extends Problem {
  readonly code = 'unavailable';
  readonly status = 503;
}
