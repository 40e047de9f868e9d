// Unguessable values: tokens, client secrets, cookie values.
import { randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A new 256-bit secret in base64url (43 characters), safe in URLs, headers and cookies. */
export function randomToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}
