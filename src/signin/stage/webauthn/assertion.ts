// Proving by a passkey or security key who one is (WebAuthn Level 3 §7.2). Origin, host name, challenge, signature and,
// where it stands for the password, user verification are checked by the library; the counter here, by one conditional
// update: one that does not grow means that there are two of the key (§6.1.1), and it is refused.
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server';
import type { Db } from '../../../platform/database/database.ts';
import { type Ceremony, conduct, type Keeper } from './ceremony.ts';
import { issueChallenge } from './challenge.ts';
import { type Descriptor, descriptorOf, type WebAuthnCredential } from './credential.ts';
import { rpIdOf } from './relying-party.ts';
import { isHandleOf } from './user-handle.ts';

/** `password-less`: the key stands for the password too, so it must make sure who holds it. */
export type Use = 'password-less' | 'second-factor';

/** What the browser is given to ask for a key; without `keys` for any passkey that it has for us. */
export function assertionOptions(
  { vault }: Pick<Keeper, 'vault'>,
  { origin, purpose, now }: Ceremony,
  use: Use,
  keys?: readonly Descriptor[],
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: rpIdOf(origin),
    challenge: issueChallenge(vault, purpose, now),
    userVerification: use === 'password-less' ? 'required' : 'discouraged',
    ...(keys && { allowCredentials: [...keys] }),
  });
}

export type AssertionVerdict =
  | { readonly ok: true; readonly userId: number; readonly isBackupEligible: boolean }
  | { readonly ok: false; readonly reason: 'refused' | 'cloned'; readonly userId: number | undefined };

/** Whose key has answered; `userId` in a refusal is whose key was claimed, for the audit trail. */
export async function verifyAssertion(
  keeper: Keeper,
  ceremony: Ceremony,
  use: Use,
  response: AuthenticationResponseJSON,
): Promise<AssertionVerdict> {
  const { db } = keeper;
  const credential = await db.webAuthnCredential.findUnique({
    where: { credentialId: response.id },
    include: { user: { select: { uuid: true } } },
  });
  const refused = { ok: false, reason: 'refused', userId: credential?.userId } as const;
  if (!credential || !isHandleOf(credential.user, response.response.userHandle)) return refused;

  const outcome = await conduct(keeper, ceremony, response.response.clientDataJSON, (expectedChallenge) =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge,
      expectedOrigin: ceremony.origin,
      expectedRPID: rpIdOf(ceremony.origin),
      // Counter 0: comparing and storing it are one step, below.
      credential: { ...descriptorOf(credential), publicKey: credential.publicKey, counter: 0 },
      requireUserVerification: use === 'password-less',
    }),
  );
  if (!outcome?.verified) return refused;
  const { newCounter, credentialBackedUp } = outcome.authenticationInfo;
  const keyUse = { counter: newCounter, isBackedUp: credentialBackedUp, lastUsedAt: ceremony.now };
  if (!(await recordUse(db, credential, keyUse))) return { ...refused, reason: 'cloned' };
  return { ok: true, userId: credential.userId, isBackupEligible: credential.isBackupEligible };
}

interface KeyUse {
  readonly counter: number;
  readonly isBackedUp: boolean;
  readonly lastUsedAt: Date;
}

/** False when the counter has not grown; passkeys that are copied between devices do not count at all. */
async function recordUse(db: Db, { id }: WebAuthnCredential, use: KeyUse): Promise<boolean> {
  const counter = use.counter === 0 ? 0 : { lt: use.counter };
  const { count } = await db.webAuthnCredential.updateMany({ where: { id, counter }, data: use });
  return count === 1;
}

/** RFC 8176: a key that never leaves its hardware, or one that may be copied. */
export function methodOf({ isBackupEligible }: { readonly isBackupEligible: boolean }): string {
  return isBackupEligible ? 'swk' : 'hwk';
}
