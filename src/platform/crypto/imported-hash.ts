// Password hashes that people bring along from elsewhere: Django's PBKDF2 (authentik's), bcrypt (bare, and in Django's
// forms), and SHA-512-crypt (Linux). They are only ever verified; the next sign-in replaces them with argon2id. What a
// hash may cost is bounded, because a list of hashes that somebody imports is input like any other.
import { hash as digest, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { compare } from 'bcrypt';

const DJANGO_PBKDF2 = /^pbkdf2_sha256\$(\d{1,7})\$([^$]{1,64})\$([A-Za-z0-9+/]{43}=)$/;
const BCRYPT = /^(?:bcrypt\$)?(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;
const DJANGO_BCRYPT = /^bcrypt_sha256\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;
const SHA512_CRYPT = /^\$6\$(?:rounds=(\d{1,6})\$)?[^$\s]{1,16}\$[./A-Za-z0-9]{86}$/;

const MOST_ITERATIONS = 5_000_000;
const HIGHEST_COST = 14;
/** It runs on the event loop: 100,000 rounds are about a quarter of a second. */
const MOST_ROUNDS = 100_000;
const KEY_BYTES = 32;

/** A hash in a foreign form, ready to be compared with a password. */
export type ImportedHash = (password: string) => Promise<boolean>;

/** How to verify a hash of one of these kinds; undefined for any other text, and for what would cost too much. */
export function readImportedHash(hash: string): ImportedHash | undefined {
  const [, iterations = '', salt = '', key = ''] = DJANGO_PBKDF2.exec(hash) ?? [];
  if (key && isWithin(iterations, MOST_ITERATIONS)) return djangoPbkdf2(Number(iterations), salt, key);

  const [, bcryptHash = '', cost = ''] = BCRYPT.exec(hash) ?? [];
  if (bcryptHash && isWithin(cost, HIGHEST_COST)) return (password) => compare(password, asNode(bcryptHash));

  const [, digestHash = '', digestCost = ''] = DJANGO_BCRYPT.exec(hash) ?? [];
  if (digestHash && isWithin(digestCost, HIGHEST_COST))
    return (password) => compare(digest('sha256', password, 'hex'), asNode(digestHash));

  const crypt = SHA512_CRYPT.exec(hash);
  if (crypt && isWithin(crypt[1] ?? '5000', MOST_ROUNDS)) return sha512Crypt(hash);
  return undefined;
}

function djangoPbkdf2(iterations: number, salt: string, key: string): ImportedHash {
  const expected = Buffer.from(key, 'base64');
  return async (password) =>
    timingSafeEqual(await promisify(pbkdf2)(password, salt, iterations, KEY_BYTES, 'sha256'), expected);
}

function sha512Crypt(hash: string): ImportedHash {
  return async (password) => {
    const { verify } = await import('unixcrypt');
    return verify(password, hash);
  };
}

/** PHP's and htpasswd's name for what others call 2b. */
function asNode(hash: string): string {
  return hash.replace(/^\$2y\$/, '$2b$');
}

function isWithin(number: string, most: number): boolean {
  return Number(number) >= 1 && Number(number) <= most;
}
