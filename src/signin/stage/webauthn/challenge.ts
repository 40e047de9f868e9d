// Challenges (WebAuthn Level 3 §13.4.3) that need no row until they are answered, so that showing a page writes nothing:
// a random nonce and an expiry under a MAC that binds them to one purpose, such as one sign-in request. Answering one
// stores its hash by a conditional insert, so it can be answered once.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Db } from '../../../platform/database/database.ts';

const NONCE_BYTES = 16;
const EXPIRY_BYTES = 6;
const BODY_BYTES = NONCE_BYTES + EXPIRY_BYTES;
const MAC_BYTES = 16;
/** As long as a sign-in request: a page that was left open for a while still works. */
const LIFETIME_SECONDS = 30 * 60;

/** A new challenge for one purpose. */
export function issueChallenge(vault: Vault, purpose: string, now: Date): Uint8Array<ArrayBuffer> {
  const expiry = Buffer.alloc(EXPIRY_BYTES);
  expiry.writeUIntBE(now.getTime() + LIFETIME_SECONDS * 1000, 0, EXPIRY_BYTES);
  const body = Buffer.concat([randomBytes(NONCE_BYTES), expiry]);
  return new Uint8Array(Buffer.concat([body, macOf(vault, purpose, body)]));
}

/** Whether this (base64url) is a challenge of ours for the purpose, still open; from now on it is not. */
export async function redeemChallenge(
  db: Db,
  vault: Vault,
  purpose: string,
  challenge: string,
  now: Date,
): Promise<boolean> {
  const bytes = Buffer.from(challenge, 'base64url');
  if (bytes.length !== BODY_BYTES + MAC_BYTES) return false;
  const body = bytes.subarray(0, BODY_BYTES);
  if (!timingSafeEqual(bytes.subarray(BODY_BYTES), macOf(vault, purpose, body))) return false;
  const expiresAt = new Date(body.readUIntBE(NONCE_BYTES, EXPIRY_BYTES));
  if (expiresAt <= now) return false;
  // Hashed in its one canonical spelling: base64url has several for the same bytes.
  const answered = { challengeHash: sha256Hex(bytes.toString('base64url')), expiresAt };
  const { count } = await db.answeredChallenge.createMany({ data: [answered], skipDuplicates: true });
  return count === 1;
}

/** Removes what could not be answered again anyway; returns how many. */
export async function purgeChallenges(db: Db, now = new Date()): Promise<number> {
  const { count } = await db.answeredChallenge.deleteMany({ where: { expiresAt: { lt: now } } });
  return count;
}

function macOf(vault: Vault, purpose: string, body: Uint8Array): Buffer {
  const hmac = createHmac('sha256', vault.subkey('webauthn-challenge')).update(`${purpose}\n`).update(body);
  return hmac.digest().subarray(0, MAC_BYTES);
}
