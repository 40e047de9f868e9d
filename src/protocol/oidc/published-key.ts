// A signing key as oidc-provider's keystore holds it: it publishes the public half, and asks us to sign.
import type { KeyObject } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import { signWith } from './signing-algorithm.ts';
import type { SigningKey } from './signing-key.ts';

/** A key of ours in oidc-provider's keystore; it never sees the private half. */
export class PublishedKey extends ExternalSigningKey {
  readonly #key: SigningKey;

  constructor(key: SigningKey) {
    super();
    this.#key = key;
  }

  override get kid(): string {
    return this.#key.id;
  }

  override get alg(): string {
    return this.#key.algorithm;
  }

  override keyObject(): KeyObject {
    return this.#key.publicKey;
  }

  override sign(data: Uint8Array): Uint8Array {
    return signWith(this.#key.algorithm, this.#key.privateKey, data);
  }
}
