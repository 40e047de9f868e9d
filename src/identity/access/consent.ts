// What a user has agreed that an application may see. Asked for again when the application wants more, or when it is
// too long ago.
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';

export type Consent = Prisma.ConsentGetPayload<object>;

export interface ConsentKey {
  readonly userId: number;
  readonly applicationId: string;
}

/** The user's consent for the application, unless it has expired. */
export async function findConsent(db: Db, key: ConsentKey, now = new Date()): Promise<Consent | undefined> {
  const consent = await db.consent.findUnique({ where: { userId_applicationId: keyOf(key) } });
  const isExpired = consent?.expiresAt != null && consent.expiresAt <= now;
  return consent && !isExpired ? consent : undefined;
}

/** Whether the consent covers every one of the scopes. */
export function coversScopes(
  consent: Pick<Consent, 'scopes'> | undefined,
  scopes: readonly string[],
): boolean {
  return consent !== undefined && scopes.every((scope) => consent.scopes.includes(scope));
}

/** Remembers that the user agreed to these scopes, in addition to what a consent that still holds covers. */
export async function grantConsent(
  db: Db,
  grant: ConsentKey & { readonly scopes: readonly string[]; readonly expiresAt?: Date },
  now = new Date(),
): Promise<void> {
  const key = keyOf(grant);
  const before = await findConsent(db, key, now);
  const scopes = [...new Set([...(before?.scopes ?? []), ...grant.scopes])];
  const fields = { scopes, grantedAt: now, expiresAt: grant.expiresAt ?? null };
  await db.consent.upsert({
    where: { userId_applicationId: key },
    create: { ...key, ...fields },
    update: fields,
  });
}

/** Takes the consent back; true if there was one. */
export async function revokeConsent(db: Db, key: ConsentKey): Promise<boolean> {
  const { count } = await db.consent.deleteMany({ where: keyOf(key) });
  return count === 1;
}

const withApplication = {
  application: { select: { id: true, slug: true, name: true, icon: true, publisher: true } },
} satisfies Prisma.ConsentInclude;

export type ConsentWithApplication = Prisma.ConsentGetPayload<{ include: typeof withApplication }>;

/** The user's consents that hold, with their applications, newest first. */
export function listConsents(db: Db, userId: number, now = new Date()): Promise<ConsentWithApplication[]> {
  const where = { userId, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
  return db.consent.findMany({ where, orderBy: { grantedAt: 'desc' }, include: withApplication });
}

function keyOf({ userId, applicationId }: ConsentKey): ConsentKey {
  return { userId, applicationId };
}
