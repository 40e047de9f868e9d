// Slows guessing down, by account and by address. Every attempt is charged before the secret is looked at, in one
// conditional statement, so parallel guesses and other replicas cannot slip past; a right secret gives it back.
// The account's delay stays short and the address's grows long: who guesses is held up more than who is guessed at,
// so one stranger cannot keep a person out.
import ipaddr from 'ipaddr.js';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { Db } from '../../platform/database/database.ts';

interface Limit {
  /** Attempts that may fail at no cost; each failure from the last of them on doubles the delay, beginning with a second. */
  readonly free: number;
  readonly longestDelaySeconds: number;
}

const ACCOUNT: Limit = { free: 5, longestDelaySeconds: 120 };
/** A household, or an office behind one address, mistypes more often than one person. */
const ADDRESS: Limit = { free: 20, longestDelaySeconds: 900 };
/** Mails that anybody may ask for in somebody's name: enough to find one, too few to fill a mailbox. */
const MAILS: Limit = { free: 3, longestDelaySeconds: 900 };
/** After this long without a failure the count begins anew. */
const FORGOTTEN_AFTER_SECONDS = 60 * 60;

export interface Attempt {
  /** Username or e-mail address as typed: names that nobody has are counted like any other. */
  readonly login: string;
  /** What is guessed; each is counted by itself, so that a right password does not forgive wrong codes. */
  readonly secret?: 'password' | 'second-factor' | 'user-code' | 'recovery' | 'email-code';
  readonly clientAddress: string;
  /** Hash of a browser that this person is known by: its attempts are counted by themselves, so that neither strangers
   *  who guess at the person nor others behind the address keep them out. */
  readonly knownBrowser?: string | undefined;
}

/** A blocked `account` must look like a wrong password; a blocked `address` may be told, it says nothing about anybody. */
export type Admission =
  | { readonly isAdmitted: true }
  | { readonly isAdmitted: false; readonly because: 'account' }
  | { readonly isAdmitted: false; readonly because: 'address'; readonly retryAfterSeconds: number };

/** Charges one attempt, and says whether the secret may be looked at. */
export async function admitAttempt(db: Db, attempt: Attempt, now = new Date()): Promise<Admission> {
  if (attempt.knownBrowser !== undefined) {
    const isAdmitted = await charge(db, accountKey(attempt), ACCOUNT, now);
    return isAdmitted ? { isAdmitted } : { isAdmitted, because: 'account' };
  }
  const address = addressKey(attempt.clientAddress);
  if (!(await charge(db, address, ADDRESS, now))) {
    return {
      isAdmitted: false,
      because: 'address',
      retryAfterSeconds: await secondsBlocked(db, address, now),
    };
  }
  const isMail = attempt.secret === 'recovery' || attempt.secret === 'email-code';
  const isAdmitted = await charge(db, accountKey(attempt), isMail ? MAILS : ACCOUNT, now);
  return isAdmitted ? { isAdmitted } : { isAdmitted, because: 'account' };
}

/** Takes the charge back after a right secret: the account begins anew, the address keeps its other failures. */
export async function forgiveAttempt(db: Db, attempt: Attempt): Promise<void> {
  await db.lockout.deleteMany({ where: { key: accountKey(attempt) } });
  if (attempt.knownBrowser !== undefined) return;
  await db.$executeRaw`
    UPDATE lockouts SET failures = greatest(failures - 1, 0), blocked_until = NULL
     WHERE key = ${addressKey(attempt.clientAddress)}`;
}

/** Charges a request that anybody may make and that costs us something; the seconds to wait when it is one too many. */
export async function admitRequest(
  db: Db,
  kind: 'device' | 'enrolment',
  clientAddress: string,
  now = new Date(),
): Promise<number | undefined> {
  const key = `${kind}:${addressKey(clientAddress)}`;
  return (await charge(db, key, ADDRESS, now)) ? undefined : secondsBlocked(db, key, now);
}

interface Account {
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

/** Lets the account's person try again at once; addresses that have guessed at it stay held up. */
export async function liftLockout(db: Db, account: Account): Promise<void> {
  await db.lockout.deleteMany({ where: { key: { in: keysOf(account) } } });
}

/** Whether guesses at the account have to wait. */
export async function isLockedOut(db: Db, account: Account, now = new Date()): Promise<boolean> {
  const where = { key: { in: keysOf(account) }, blockedUntil: { gt: now } };
  return (await db.lockout.count({ where })) > 0;
}

/** Removes counts that no longer matter; returns how many. */
export async function purgeLockouts(db: Db, now = new Date()): Promise<number> {
  const { count } = await db.lockout.deleteMany({ where: { lastFailedAt: { lt: forgottenBefore(now) } } });
  return count;
}

async function charge(
  db: Db,
  key: string,
  { free, longestDelaySeconds }: Limit,
  now: Date,
): Promise<boolean> {
  const forgotten = forgottenBefore(now);
  const charged = await db.$queryRaw<unknown[]>`
    INSERT INTO lockouts AS past (key, failures, last_failed_at) VALUES (${key}, 1, ${now}::timestamptz)
    ON CONFLICT (key) DO UPDATE SET
      failures = CASE WHEN past.last_failed_at < ${forgotten}::timestamptz THEN 1 ELSE past.failures + 1 END,
      blocked_until = CASE
        WHEN past.last_failed_at >= ${forgotten}::timestamptz AND past.failures + 1 >= ${free}::int
        THEN ${now}::timestamptz + make_interval(secs =>
          least(power(2, least(past.failures + 1 - ${free}::int, 30)), ${longestDelaySeconds}::int)) END,
      last_failed_at = ${now}::timestamptz
    WHERE past.blocked_until IS NULL OR past.blocked_until <= ${now}::timestamptz
    RETURNING failures`;
  return charged.length > 0;
}

async function secondsBlocked(db: Db, key: string, now: Date): Promise<number> {
  const lockout = await db.lockout.findUnique({ where: { key }, select: { blockedUntil: true } });
  const milliseconds = (lockout?.blockedUntil?.getTime() ?? 0) - now.getTime();
  return Math.max(1, Math.ceil(milliseconds / 1000));
}

function forgottenBefore(now: Date): Date {
  return new Date(now.getTime() - FORGOTTEN_AFTER_SECONDS * 1000);
}

function accountKey({ login, secret = 'password', knownBrowser }: Omit<Attempt, 'clientAddress'>): string {
  const kind = secret === 'password' ? 'account' : secret;
  const name = sha256Hex(login.normalize('NFKC').trim().toLowerCase());
  return knownBrowser === undefined ? `${kind}:${name}` : `known-${kind}:${sha256Hex(name + knownBrowser)}`;
}

/** What an account is counted under: its password by what people type as their name, its codes by its id. */
function keysOf({ id, username, email }: Account): string[] {
  const logins = email === '' ? [username] : [username, email];
  return [
    ...logins.map((login) => accountKey({ login })),
    ...logins.map((login) => accountKey({ login, secret: 'recovery' })),
    accountKey({ login: String(id), secret: 'second-factor' }),
    accountKey({ login: String(id), secret: 'user-code' }),
    accountKey({ login: String(id), secret: 'email-code' }),
  ];
}

/** One IPv6 subscriber has a whole /64 to choose addresses from, so it counts as one. */
export function addressKey(clientAddress: string): string {
  if (!ipaddr.isValid(clientAddress)) return 'address:unknown';
  const address = ipaddr.process(clientAddress);
  if (address instanceof ipaddr.IPv4) return `address:${address.toString()}`;
  const network = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `address:${network.join(':')}::/64`;
}
