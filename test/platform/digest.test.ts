import { describe, expect, it } from '@jest/globals';
import { sha256Hex, timingSafeEqualText } from '../../src/platform/crypto/digest.ts';
import { randomToken } from '../../src/platform/crypto/random.ts';

describe('sha256Hex', () => {
  it('agrees with FIPS 180-4', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('timingSafeEqualText', () => {
  it.each([
    ['same', 'same', true],
    ['same', 'samf', false],
    ['same', 'same ', false],
    ['', '', true],
    ['', 'x', false],
    ['é', 'e\u0301', false],
  ])('compares %j with %j', (given, expected, isEqual) => {
    expect(timingSafeEqualText(given, expected)).toBe(isEqual);
  });
});

describe('randomToken', () => {
  it('gives 256 bits in base64url, never twice the same', () => {
    const tokens = Array.from({ length: 100 }, randomToken);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  });
});
