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

/** Passkeys and security keys that were made for other hosts, and work no more: how many, by host. */
export async function countKeysElsewhere(db: Db, rpId: string): Promise<{ host: string; count: number }[]> {
  const groups = await db.webAuthnCredential.groupBy({
    by: ['rpId'],
    where: { rpId: { not: rpId } },
    _count: true,
    orderBy: { rpId: 'asc' },
  });
  return groups.map(({ rpId: host, _count: count }) => ({ host, count }));
}

/** Whether anybody can sign in at this host without a password: where nobody can, offering it only confuses. */
export async function hasPasskeys(db: Db, rpId: string): Promise<boolean> {
  const where = { rpId, isDiscoverable: true };
  return (await db.webAuthnCredential.findFirst({ where, select: { id: true } })) !== null;
}
