// Seals secrets that must be read again (client secrets, signing keys) with AES-256-GCM under a key derived from
// GATELODGE_SECRET_KEY. A sealed text is `v1.<key id>.<nonce ‖ ciphertext ‖ tag in base64url>`; the key id lets an
// older secret key open what it sealed while everything new is sealed with the current one.
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const VERSION = 'v1';
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Why a sealed text cannot be opened; the message is for the operator and holds no secret. */
export class CannotUnseal extends Error {
  readonly reason: 'unknown_key' | 'damaged';

  constructor(reason: CannotUnseal['reason'], message: string) {
    super(message);
    this.name = 'CannotUnseal';
    this.reason = reason;
  }
}

/** HKDF-SHA-256 (RFC 5869): one secret key, independent keys by purpose. */
function derive(secretKey: string, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, 'gatelodge', purpose, bytes));
}

function keyIdOf(secretKey: string): string {
  return derive(secretKey, 'key-id', KEY_ID_BYTES).toString('hex');
}

/** Seals with the current secret key and opens what it or a previous one has sealed. */
export class Vault {
  /** Eight hex digits that name the current secret key without telling anything about it. */
  readonly keyId: string;
  readonly #secretKey: string;
  /** As key objects: handing over bytes costs more than sealing with them. */
  readonly #sealingKeys: ReadonlyMap<string, KeyObject>;

  constructor(secretKey: string, previousSecretKeys: readonly string[] = []) {
    this.#secretKey = secretKey;
    this.keyId = keyIdOf(secretKey);
    this.#sealingKeys = new Map(
      [secretKey, ...previousSecretKeys].map((key) => [
        keyIdOf(key),
        createSecretKey(derive(key, 'seal', KEY_BYTES)),
      ]),
    );
  }

  /** A 256-bit key for one purpose, for example `csrf`; stable as long as the secret key is. */
  subkey(purpose: string): Buffer {
    return derive(this.#secretKey, `subkey/${purpose}`, KEY_BYTES);
  }

  /** The text, encrypted and authenticated; twice the same text gives two different results. */
  seal(plain: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const header = `${VERSION}.${this.keyId}`;
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey(this.keyId), nonce);
    cipher.setAAD(Buffer.from(header));
    const body = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${header}.${body.toString('base64url')}`;
  }

  /** The text that was sealed; throws CannotUnseal for a foreign key or a changed text. */
  open(sealed: string): string {
    const [version, keyId, encoded, ...rest] = sealed.split('.');
    if (version !== VERSION || !keyId || !encoded || rest.length > 0) throw damaged();
    const body = Buffer.from(encoded, 'base64url');
    if (body.length < NONCE_BYTES + TAG_BYTES) throw damaged();

    const key = this.#sealingKey(keyId);
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(`${version}.${keyId}`));
    decipher.setAuthTag(body.subarray(-TAG_BYTES));
    try {
      const ciphertext = body.subarray(NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
    } catch {
      throw damaged();
    }
  }

  #sealingKey(keyId: string): KeyObject {
    const key = this.#sealingKeys.get(keyId);
    if (key) return key;
    throw new CannotUnseal(
      'unknown_key',
      `This was sealed with the secret key ${keyId}, but the key in use is ${this.keyId}. ` +
        'Give the earlier key as GATELODGE_SECRET_KEY, or in GATELODGE_PREVIOUS_SECRET_KEYS.',
    );
  }
}

function damaged(): CannotUnseal {
  return new CannotUnseal('damaged', 'This sealed text is incomplete, or was changed after it was sealed.');
}
