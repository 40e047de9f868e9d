// Registering a passkey or security key (WebAuthn Level 3 §7.1). Attestation is not asked for: a household keeps no list
// of makers that it trusts, and browsers warn when they are asked.
import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { isUniqueViolation } from '../../../platform/database/database.ts';
import { type Ceremony, conduct, type Keeper } from './ceremony.ts';
import { issueChallenge } from './challenge.ts';
import { listDescriptors } from './credential.ts';
import { RP_NAME, rpIdOf } from './relying-party.ts';
import { userHandleOf } from './user-handle.ts';

export interface Registrant {
  readonly id: number;
  readonly uuid: string;
  readonly username: string;
  readonly name: string;
}

/** What the browser is given to make a key that this person does not have yet. */
export async function registrationOptions(
  { db, vault }: Keeper,
  { origin, purpose, now }: Ceremony,
  person: Registrant,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const rpID = rpIdOf(origin);
  return generateRegistrationOptions({
    rpName: RP_NAME,
    rpID,
    userID: userHandleOf(person),
    userName: person.username,
    userDisplayName: person.name || person.username,
    challenge: issueChallenge(vault, purpose, now),
    attestationType: 'none',
    excludeCredentials: await listDescriptors(db, person.id, rpID),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  });
}

export interface NewKey {
  readonly userId: number;
  readonly name: string;
  readonly response: RegistrationResponseJSON;
}

/** Stores the key that the browser has made, with its methods (RFC 8176); undefined when the answer does not hold. */
export async function registerCredential(
  keeper: Keeper,
  ceremony: Ceremony,
  { userId, name, response }: NewKey,
): Promise<{ readonly isBackupEligible: boolean } | undefined> {
  const { origin, now } = ceremony;
  const rpId = rpIdOf(origin);
  const outcome = await conduct(keeper, ceremony, response.response.clientDataJSON, (expectedChallenge) =>
    verifyRegistrationResponse({
      response,
      expectedChallenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: false,
    }),
  );
  if (!outcome?.verified) return undefined;
  const { credential, credentialDeviceType, credentialBackedUp, aaguid } = outcome.registrationInfo;
  const data = {
    userId,
    name,
    credentialId: credential.id,
    publicKey: credential.publicKey,
    counter: credential.counter,
    transports: credential.transports ?? [],
    rpId,
    isDiscoverable: response.clientExtensionResults.credProps?.rk === true,
    isBackupEligible: credentialDeviceType === 'multiDevice',
    isBackedUp: credentialBackedUp,
    aaguid,
    createdAt: now,
    lastUsedAt: now,
  };
  try {
    return await keeper.db.webAuthnCredential.create({ data, select: { isBackupEligible: true } });
  } catch (error) {
    // One key for two accounts (§7.1, "is not yet registered"), or a form that was sent twice.
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}
