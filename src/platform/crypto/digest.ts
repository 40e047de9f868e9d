// Digests for looking up secrets without storing them. They are unsalted on purpose: only for values that are random
// themselves (tokens, cookies); what people choose goes through password-hash.ts.
import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a text, as 64 lower-case hex digits. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Whether two texts are equal, in a time that tells neither where they differ nor how long the expected one is. */
export function timingSafeEqualText(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
