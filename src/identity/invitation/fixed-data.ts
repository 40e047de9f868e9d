// authentik's `fixed_data`: what an invitation fills in, in the names of its prompts. Ours are the three that our form
// has, and the groups; anything else is refused rather than forgotten.
import { z } from 'zod';
import { timestamp } from '../../platform/rest/listing.ts';
import type { Invitation, NewInvitation } from './invitation.ts';

export const fixedData = z.strictObject({
  username: z.string().optional(),
  name: z.string().optional(),
  email: z.string().optional(),
  /** Ours, not authentik's: groups that whoever accepts is put into. */
  groups: z.array(z.uuid()).optional(),
});

export const writableFields = z.strictObject({
  name: z.string(),
  expires: timestamp.nullable().optional(),
  fixed_data: fixedData.optional(),
  single_use: z.boolean().optional(),
  /** Ours: how many may use it, where one is too few and any number too many. */
  max_uses: z.int().min(1).nullable().optional(),
  /** There is one flow for it; naming it changes nothing. */
  flow: z.string().nullable().optional(),
});

type Written = Partial<z.output<typeof writableFields>>;

/** The invitation's fields after a write; what was not written stays as it was before. */
export function fieldsAfter(written: Written, before?: Invitation): NewInvitation {
  const { fixed_data: data, single_use, max_uses, expires } = written;
  const kept = before && fieldsOf(before);
  return {
    name: written.name ?? kept?.name ?? '',
    expiresAt: expires === undefined ? (kept?.expiresAt ?? null) : expires,
    usesAllowed: usesAfter(single_use, max_uses, kept?.usesAllowed),
    username: data ? (data.username ?? '') : (kept?.username ?? ''),
    fullName: data ? (data.name ?? '') : (kept?.fullName ?? ''),
    email: data ? (data.email ?? '') : (kept?.email ?? ''),
    groupIds: data ? (data.groups ?? []) : (kept?.groupIds ?? []),
  };
}

/** Not said, it is for one: authentik's default is any number, which is how links end up in chats. */
function usesAfter(
  isSingle: boolean | undefined,
  most: number | null | undefined,
  before: number | null | undefined,
): number | null {
  if (isSingle === true) return 1;
  if (most !== undefined) return most;
  if (isSingle === false) return null;
  return before === undefined ? 1 : before;
}

function fieldsOf(invitation: Invitation) {
  const { name, expiresAt, usesAllowed, username, fullName, email, groups } = invitation;
  return {
    name,
    expiresAt,
    usesAllowed,
    username,
    fullName,
    email,
    groupIds: groups.map(({ group }) => group.id),
  };
}
