// Kinds of field that several features have. Postgres can store no NUL, and a line break in a name could forge a
// header or a log line: both are refused where they come in.
import { z } from 'zod';

/** One line, trimmed, without control characters. */
export const lineOfText = z
  .string()
  .trim()
  .regex(/^\P{Cc}*$/u, 'Control characters are not allowed.');

/** Any text, of several lines too. */
export const text = z.string().refine((value) => !value.includes('\0'), 'NUL is not allowed.');

/** An object of JSON values: the free attributes of users and groups. */
export const jsonObject = z
  .record(z.string(), z.json())
  .refine((value) => !JSON.stringify(value).includes('\\u0000'), 'NUL is not allowed.');

const LARGEST = 2 ** 31 - 1;

/** A whole number in an address or a form, such as an id: none that a column cannot hold. */
export const int32 = z.coerce.number().int().min(-LARGEST).max(LARGEST);
