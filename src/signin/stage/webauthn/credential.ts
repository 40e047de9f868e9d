// The passkeys and security keys that people have registered.
import type { AuthenticatorTransport } from '@simplewebauthn/server';
import type { Db } from '../../../platform/database/database.ts';
import type { Prisma } from '../../../platform/database/generated/client.ts';

export type WebAuthnCredential = Prisma.WebAuthnCredentialGetPayload<object>;

/** What a browser has to know of a key to find it. */
export interface Descriptor {
  readonly id: string;
  readonly transports: AuthenticatorTransport[];
}

/** The keys that a person has for a host. */
export async function listDescriptors(db: Db, userId: number, rpId: string): Promise<Descriptor[]> {
  const credentials = await db.webAuthnCredential.findMany({ where: { userId, rpId } });
  return credentials.map(descriptorOf);
}

export function descriptorOf({ credentialId, transports }: WebAuthnCredential): Descriptor {
  return { id: credentialId, transports: transports as AuthenticatorTransport[] };
}

/** Whether anybody can sign in at this host without a password: where nobody can, offering it only confuses. */
export async function hasPasskeys(db: Db, rpId: string): Promise<boolean> {
  const where = { rpId, isDiscoverable: true };
  return (await db.webAuthnCredential.findFirst({ where, select: { id: true } })) !== null;
}
