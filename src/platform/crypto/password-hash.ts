// Password hashing with argon2id, in libuv's threads. At most `concurrency` hashes run at once and `queueLimit` wait,
// so that a flood of sign-ins costs those who sign in some time, and nobody else anything.
import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import pLimit from 'p-limit';
import type { Config } from '../config/config.ts';
import { Unavailable } from '../problem/problem.ts';
import { readImportedHash } from './imported-hash.ts';

const RETRY_AFTER_SECONDS = 5;
const READABLE = /^\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/;

/** Hashes and verifies passwords; both throw Unavailable when too many are waiting. */
export class PasswordHasher {
  readonly #limit: ReturnType<typeof pLimit>;
  /** One more at a time, for whom a flood of strangers must not keep out. */
  readonly #reserved = pLimit(1);
  readonly #admitted: number;
  readonly #parameters: { memoryCost: number; timeCost: number; parallelism: number };
  readonly #nobodysHash: string;

  constructor({ memoryKib, passes, parallelism, concurrency, queueLimit }: Config['passwordHashing']) {
    this.#limit = pLimit(concurrency);
    this.#admitted = concurrency + queueLimit;
    this.#parameters = { memoryCost: memoryKib, timeCost: passes, parallelism };
    this.#nobodysHash = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${phcBytes(16)}$${phcBytes(32)}`;
  }

  /** How many hashes run or wait now. */
  get pending(): number {
    return this.#limit.activeCount + this.#limit.pendingCount;
  }

  /** The argon2id hash in PHC form (`$argon2id$v=19$m=…`). */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => argon2.hash(normalise(password), this.#parameters));
  }

  /**
   * Whether the password belongs to the hash. Without a hash (unknown user, no password set), or with one that cannot
   * be read, the answer is false after the same work, so that the time it takes tells nothing. `isReserved` does not
   * wait in the queue: for the few who are known, and bounded by something else.
   */
  async verify(hash: string | undefined, password: string, { isReserved = false } = {}): Promise<boolean> {
    const isReadable = hash !== undefined && READABLE.test(hash);
    const expected = isReadable ? hash : this.#nobodysHash;
    const imported = hash === undefined || isReadable ? undefined : readImportedHash(hash);
    const work = async () => {
      // An imported hash is verified beside the usual work, not instead of it.
      const [isRight, isRightImported] = await Promise.all([
        argon2.verify(expected, normalise(password)).catch(() => false),
        imported?.(password) ?? false,
      ]);
      return isRight || isRightImported;
    };
    return isReserved ? this.#reserved(work) : this.#inTurn(work);
  }

  /** Whether the hash was made with other parameters than today's: the next sign-in should renew it. */
  needsRehash(hash: string): boolean {
    const isOurs = READABLE.test(hash) && hash.startsWith('$argon2id$');
    return !isOurs || argon2.needsRehash(hash, this.#parameters);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.pending < this.#admitted) return this.#limit(work);
    return Promise.reject(
      new Unavailable('Too many people are signing in right now. Try again in a few seconds.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      }),
    );
  }
}

function phcBytes(length: number): string {
  return randomBytes(length).toString('base64').replaceAll('=', '');
}

/** Makes the same characters, typed on different systems, the same password (NIST SP 800-63B-4, §3.1.1.2). */
function normalise(password: string): string {
  return password.normalize('NFKC');
}
