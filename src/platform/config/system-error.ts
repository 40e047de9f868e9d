// Errors of the file system, told apart without `instanceof`, which fails across realms (the tests run in another one).
import { types } from 'node:util';

/** Whether it is an error of the system with that code, for example ENOENT. */
export function hasCode(error: unknown, code: string): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === code;
}

/** What the error says, to be put into a sentence for the operator. */
export function reasonOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}
