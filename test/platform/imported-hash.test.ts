// Hashes made by other programs: Python's hashlib as Django uses it, htpasswd and libxcrypt. None was made by our code.
import { describe, expect, it } from '@jest/globals';
import { readImportedHash } from '../../src/platform/crypto/imported-hash.ts';
import { PasswordHasher } from '../../src/platform/crypto/password-hash.ts';

const PASSWORD = 'correct horse';
const HASHES: ReadonlyArray<readonly [string, string]> = [
  [
    'Django (pbkdf2_sha256)',
    'pbkdf2_sha256$600000$QvZ3mGd0tW5nHq1Lx7Ks2a$bIKbx51uClHDxSx0KwM0lVKQuak/TxIOJpvnSNcnYsM=',
  ],
  ['bcrypt', '$2y$10$91LP/PvPzAjHQ.tHTRtm5e7UhQGWQLkEc3.R3Q.xlKaWlHyCdFLj6'],
  ['Django (bcrypt)', 'bcrypt$$2y$10$91LP/PvPzAjHQ.tHTRtm5e7UhQGWQLkEc3.R3Q.xlKaWlHyCdFLj6'],
  ['Django (bcrypt_sha256)', 'bcrypt_sha256$$2b$10$ABCDEFGHIJKLMNOPQRSTUucKvVvr5pl8wYkPEBagOp8IJ0Yx74h2a'],
  [
    'Linux (SHA-512-crypt)',
    '$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0',
  ],
  [
    'Linux (SHA-512-crypt, 20,000 rounds)',
    '$6$rounds=20000$abcdefgh$KW3jG25xykRkJCHDPNueAv1FqtcZAyCmPuEz6GI6pJRVDc4UMq/2qG3axWUBKfvutXwJXbn7/a6IwOVyqEidh/',
  ],
];
const hasher = new PasswordHasher({
  memoryKib: 8192,
  passes: 1,
  parallelism: 1,
  concurrency: 2,
  queueLimit: 50,
});

describe.each(HASHES)('a password hash of %s', (_program, hash) => {
  it('verifies its password and no other', async () => {
    expect(await hasher.verify(hash, PASSWORD)).toBe(true);
    expect(await hasher.verify(hash, 'correct Horse')).toBe(false);
    expect(await hasher.verify(hash, '')).toBe(false);
  });

  it('is to be replaced at the next sign-in', () => expect(hasher.needsRehash(hash)).toBe(true));
});

describe('a text that is no hash we take', () => {
  it.each([
    ['', 'nothing'],
    ['correct horse', 'the password itself'],
    ['md5$salt$d41d8cd98f00b204e9800998ecf8427e', 'a broken algorithm'],
    ['!', "Django's unusable password"],
    [`pbkdf2_sha256$9999999$salt$${'A'.repeat(43)}=`, 'too many iterations'],
    [`$2b$31$${'a'.repeat(53)}`, 'a cost of years'],
    [`$6$rounds=999999$saltsalt$${'a'.repeat(86)}`, 'too many rounds'],
  ])('%j is refused: %s', async (hash) => {
    expect(readImportedHash(hash)).toBeUndefined();
    expect(await hasher.verify(hash, PASSWORD)).toBe(false);
  });
});
