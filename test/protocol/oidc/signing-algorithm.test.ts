import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  generateSigningKey,
  SIGNING_ALGORITHMS,
  signWith,
} from '../../../src/protocol/oidc/signing-algorithm.ts';

describe.each(SIGNING_ALGORITHMS)('A signature with %s', (algorithm) => {
  it('is in the form of RFC 7518, whatever its numbers begin with', () => {
    const privateKey = generateSigningKey(algorithm);
    const key = { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' as const };
    const hash = algorithm === 'EdDSA' ? null : 'sha256';
    // One number in 256 begins with a zero byte, and every second needs one in DER.
    for (let number = 0; number < 1000; number += 1) {
      const data = Buffer.from(`message ${number}`);
      const signature = signWith(algorithm, privateKey, data);
      expect(verify(hash, data, key, signature)).toBe(true);
    }
  });
});
