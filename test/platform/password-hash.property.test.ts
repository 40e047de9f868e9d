// Security: an unknown user costs what a known one costs. Clocks are not asserted (they lie on a busy machine):
// that the work is done is seen at the queue and at argon2's own parameters.
import { describe, expect, it, jest } from '@jest/globals';
import argon2 from 'argon2';
import { PasswordHasher } from '../../src/platform/crypto/password-hash.ts';

const SETTINGS = { memoryKib: 2048, passes: 3, parallelism: 2, concurrency: 1, queueLimit: 10 };
const PARAMETERS = { memoryCost: 2048, timeCost: 3, parallelism: 2 };

describe('verifying the password of nobody', () => {
  it.each([
    ['an unknown user', undefined],
    ['a user without a password', ''],
    ['a user whose hash is damaged', '$argon2id$v=19$damaged'],
  ])('does the work of a real verification for %s, with the parameters in use', async (_who, hash) => {
    const hasher = new PasswordHasher(SETTINGS);
    const verify = jest.spyOn(argon2, 'verify');

    expect(await hasher.verify(hash, 'a guess')).toBe(false);

    const [[comparand] = []] = verify.mock.calls;
    verify.mockRestore();
    expect(argon2.needsRehash(comparand ?? '', PARAMETERS)).toBe(false);
  });

  it('takes its turn in the queue like any other', async () => {
    const hasher = new PasswordHasher(SETTINGS);
    const verdict = hasher.verify(undefined, 'a guess');
    expect(hasher.pending).toBe(1);
    expect(await verdict).toBe(false);
    expect(hasher.pending).toBe(0);
  });
});
