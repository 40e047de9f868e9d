// The signature algorithms an application may ask for (RFC 7518 §3.1, RFC 8037), and how to make keys for them and sign
// with them. Symmetric ones are not among them: a client secret is no signing key.
import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';

export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

interface Kind {
  readonly generate: () => { readonly privateKey: KeyObject };
  readonly sign: (data: Uint8Array, key: KeyObject) => Buffer;
  /** Members of the public key in the order of RFC 7638 §3.2. */
  readonly thumbprint: readonly ('crv' | 'e' | 'kty' | 'n' | 'x' | 'y')[];
}

const KINDS: Readonly<Record<SigningAlgorithm, Kind>> = {
  RS256: {
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    sign: (data, key) => sign('sha256', data, key),
    thumbprint: ['e', 'kty', 'n'],
  },
  ES256: {
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    // As DER and then by hand: asking node:crypto for the raw form costs as much again as signing.
    sign: (data, key) => rawSignature(sign('sha256', data, key), 32),
    thumbprint: ['crv', 'kty', 'x', 'y'],
  },
  EdDSA: {
    generate: () => generateKeyPairSync('ed25519'),
    sign: (data, key) => sign(null, data, key),
    thumbprint: ['crv', 'kty', 'x'],
  },
};

export function isSigningAlgorithm(name: string): name is SigningAlgorithm {
  return SIGNING_ALGORITHMS.some((algorithm) => algorithm === name);
}

export function generateSigningKey(algorithm: SigningAlgorithm): KeyObject {
  return KINDS[algorithm].generate().privateKey;
}

/** The raw signature that JWS wants (RFC 7515 §5.1), made on this thread: handing it to another costs more. */
export function signWith(algorithm: SigningAlgorithm, key: KeyObject, data: Uint8Array): Buffer {
  return KINDS[algorithm].sign(data, key);
}

/** The two numbers of a DER signature (RFC 3279 §2.2.3), each in that many bytes, as RFC 7518 §3.4 has them. */
function rawSignature(der: Buffer, size: number): Buffer {
  const raw = Buffer.alloc(2 * size);
  // SEQUENCE, its length, and twice INTEGER, its length, the number: with a zero before a high first bit.
  let start = 4;
  for (const end of [size, 2 * size]) {
    const after = start + (der[start - 1] ?? 0);
    const number = der.subarray(Math.max(start, after - size), after);
    raw.set(number, end - number.length);
    start = after + 2;
  }
  return raw;
}

/** RFC 7638 thumbprint of the public half, in base64url. */
export function thumbprintOf(algorithm: SigningAlgorithm, key: KeyObject): string {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const members = KINDS[algorithm].thumbprint.map((name) => [name, jwk[name]]);
  return hash('sha256', JSON.stringify(Object.fromEntries(members)), 'base64url');
}
