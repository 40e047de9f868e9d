// Codes as they stand in the mails that carry them.
import type { ReceivedMail } from '../../support/mail-sink.ts';

export const SUBJECT = 'Your code to sign in';

/** The code, from a line of its own. */
export function codeIn({ text }: Pick<ReceivedMail, 'text'>): string {
  const [, code] = /^(\d{6})$/m.exec(text) ?? [];
  if (code === undefined) throw new Error(`No code in: ${text}`);
  return code;
}
