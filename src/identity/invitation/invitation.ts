// Invitations: whoever has the link makes an account of their own, as often as it allows and until it expires. Both are
// decided when the account is made, by one conditional update, never when the link is opened.
import { z } from 'zod';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import { type Db, isUniqueViolation } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { Listed, ListQuery } from '../../platform/database/listed.ts';
import { lineOfText } from '../../platform/problem/field.ts';
import { InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { validate } from '../../platform/problem/validate.ts';
import { email, username } from '../user/user-fields.ts';

/** What may be written to an invitation; each is optional when it is changed. */
export const invitationFields = z.strictObject({
  /** As authentik has it: a slug. */
  name: z
    .string()
    .trim()
    .min(1)
    .max(50)
    .regex(/^[-a-zA-Z0-9_]+$/, 'Use letters, digits, hyphens and underscores only.'),
  username: username.or(z.literal('')).default(''),
  fullName: lineOfText.max(255).default(''),
  email: email.default(''),
  groupIds: z.array(z.uuid()).default([]),
  /** Null: as many as come. */
  usesAllowed: z.int().min(1).max(10_000).nullable().default(1),
  /** Null: never. */
  expiresAt: z.date().nullable().default(null),
});

export type NewInvitation = z.input<typeof invitationFields>;

const visible = {
  tokenHash: true,
  tokenSealed: true,
  name: true,
  username: true,
  fullName: true,
  email: true,
  usesAllowed: true,
  uses: true,
  createdAt: true,
  expiresAt: true,
  createdBy: { select: { id: true, username: true, name: true, email: true, uid: true, isActive: true } },
  groups: { select: { group: { select: { id: true, name: true } } } },
} satisfies Prisma.InvitationSelect;

export type Invitation = Prisma.InvitationGetPayload<{ select: typeof visible }>;

/** Makes an invitation; throws InvalidInput for a field at fault or a name that is taken. */
export async function createInvitation(
  db: Db,
  vault: Vault,
  input: NewInvitation,
  createdById: number | null = null,
): Promise<Invitation> {
  const { groupIds, ...fields } = validate(invitationFields, input);
  const token = crypto.randomUUID();
  await refuseUnknownGroups(db, groupIds);
  const groups = { create: groupIds.map((groupId) => ({ groupId })) };
  const secret = { tokenHash: sha256Hex(token), tokenSealed: vault.seal(token) };
  return db.invitation
    .create({ data: { ...fields, ...secret, createdById, groups }, select: visible })
    .catch(refuseTakenName);
}

/** Puts these fields in place of what the invitation had; the link stays. */
export async function replaceInvitation(
  db: Db,
  tokenHash: string,
  input: NewInvitation,
): Promise<Invitation> {
  const { groupIds, ...fields } = validate(invitationFields, input);
  await getInvitation(db, tokenHash);
  await refuseUnknownGroups(db, groupIds);
  const groups = { deleteMany: {}, create: groupIds.map((groupId) => ({ groupId })) };
  return db.invitation
    .update({ where: { tokenHash }, data: { ...fields, groups }, select: visible })
    .catch(refuseTakenName);
}

export async function findInvitation(db: Db, tokenHash: string): Promise<Invitation | undefined> {
  return (await db.invitation.findUnique({ where: { tokenHash }, select: visible })) ?? undefined;
}

/** Throws NotFound. */
export async function getInvitation(db: Db, tokenHash: string): Promise<Invitation> {
  const invitation = await findInvitation(db, tokenHash);
  if (!invitation) throw new NotFound('There is no such invitation.');
  return invitation;
}

export type InvitationQuery = ListQuery<
  Prisma.InvitationWhereInput,
  Prisma.InvitationOrderByWithRelationInput
>;

/** A page of invitations, newest first unless ordered otherwise. */
export async function listInvitations(db: Db, query: InvitationQuery = {}): Promise<Listed<Invitation>> {
  const { where = {}, orderBy = [{ createdAt: 'desc' }], skip = 0, take = 100 } = query;
  const [count, results] = await Promise.all([
    db.invitation.count({ where }),
    db.invitation.findMany({ where, orderBy, skip, take, select: visible }),
  ]);
  return { count, results };
}

/** Throws NotFound. */
export async function deleteInvitation(db: Db, tokenHash: string): Promise<void> {
  await getInvitation(db, tokenHash);
  await db.invitation.delete({ where: { tokenHash } });
}

/** Whether an account could be made with it now. */
export function isInvitationOpen(
  { uses, usesAllowed, expiresAt }: Pick<Invitation, 'uses' | 'usesAllowed' | 'expiresAt'>,
  now = new Date(),
): boolean {
  return (usesAllowed === null || uses < usesAllowed) && (expiresAt === null || expiresAt > now);
}

/** Uses the invitation once (in the transaction that makes the account); false when it has expired or is used up. */
export async function redeemInvitation(tx: Db, tokenHash: string, now = new Date()): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE invitations SET uses = uses + 1
     WHERE token_hash = ${tokenHash} AND (uses_allowed IS NULL OR uses < uses_allowed)
       AND (expires_at IS NULL OR expires_at > ${now}::timestamptz)`;
  return count === 1;
}

/** The invitation's token: what authentik calls its key, and `itoken` in the link. */
export function tokenOf(vault: Vault, { tokenSealed }: Pick<Invitation, 'tokenSealed'>): string {
  return vault.open(tokenSealed);
}

/** The link as a path on our own origin. */
export function invitationPath(token: string): string {
  return `/if/flow/default-enrollment-flow/?itoken=${token}`;
}

async function refuseUnknownGroups(db: Db, groupIds: readonly string[]): Promise<void> {
  const unique = [...new Set(groupIds)];
  if (
    unique.length !== groupIds.length ||
    (await db.group.count({ where: { id: { in: unique } } })) < unique.length
  )
    throw new InvalidInput({ groups: ['There is no such group.'] });
}

function refuseTakenName(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw new InvalidInput({ name: ['An invitation with this name already exists.'] }, { cause: error });
}
