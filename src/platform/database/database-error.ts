// The errors of Prisma, pg, PGlite and ioredis, told apart once, by their codes: details differ between the drivers.

const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
  '57014', // query_canceled: the statement timeout
  'P1001', // Prisma: cannot reach the server
  'P1002', // Prisma: the server timed out
  'P1008', // Prisma: the operation timed out
  'P1017', // Prisma: the server closed the connection
  'P2024', // Prisma: no free connection in the pool
]);

const UNREACHABLE_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Query read timeout',
  // Redis
  'Connection is closed',
  'Command timed out',
  'Reached the max retries per request limit',
];

const DISK_FULL_CODES = new Set([
  '53100', // disk_full
  '25006', // read_only_sql_transaction: room.ts has closed the database to writes
]);

/** Prisma has no codes for these, but hands PostgreSQL's words on. */
const DISK_FULL_MESSAGES = ['No space left on device', 'in a read-only transaction'];

/** True when a write was refused because a value that must be unique is taken. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === 'P2002' || codeOf(error) === '23505';
}

/** True when an update or delete by id found no row. */
export function isNotFound(error: unknown): boolean {
  return codeOf(error) === 'P2025';
}

/** True when the database did not answer, so that the same request may succeed later (503, not 500). */
export function isUnreachable(error: unknown): boolean {
  if (!isErrorLike(error)) return false;
  // A name with several addresses fails once for each of them.
  if (Array.isArray(error.errors) && error.errors.some(isUnreachable)) return true;
  if (UNREACHABLE_CODES.has(codeOf(error) ?? '')) return true;
  if (UNREACHABLE_MESSAGES.some((part) => error.message.includes(part))) return true;
  return isUnreachable(error.cause);
}

/** True when there was no room for a write: reading goes on, and so does writing once there is room again. */
export function isDiskFull(error: unknown): boolean {
  if (!isErrorLike(error)) return false;
  return (
    DISK_FULL_CODES.has(codeOf(error) ?? '') ||
    DISK_FULL_MESSAGES.some((part) => error.message.includes(part)) ||
    isDiskFull(error.cause)
  );
}

/** The driver's, Prisma's or the system's code of an error, if it carries one. */
export function codeOf(error: unknown): string | undefined {
  return isErrorLike(error) && typeof error.code === 'string' ? error.code : undefined;
}

interface ErrorLike {
  readonly message: string;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** By shape, not by class: errors also arrive from other realms (jest) and from WebAssembly. */
function isErrorLike(error: unknown): error is ErrorLike {
  return (
    typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
  );
}
