// Who must sign in with a second factor: everybody, administrators, the members of a group, or whoever opens an
// application. A demand adds to what people have chosen for themselves; it never takes a factor away.
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { MfaDemand } from '../../platform/database/generated/client.ts';
import { groupsOfUser } from '../group/membership.ts';

/** RFC 8176: more than one factor was used. */
export const MFA = 'mfa';

/** Among a session's methods, and never told to clients: the second factor was used here before, but not this time. */
export const TRUSTED_DEVICE = 'trusted-device';

interface SignedIn {
  readonly userId: number;
  /** RFC 8176, and `TRUSTED_DEVICE`. */
  readonly methods: readonly string[];
}

/** Whether a second factor is still to be used, to open this application or at all. */
export async function lacksMfa(
  db: Db,
  { userId, methods }: SignedIn,
  applicationId?: string,
): Promise<boolean> {
  if (methods.includes(MFA)) return false;
  // What an application demands it wants to have seen in this very session: what an earlier one did does not count.
  if (applicationId !== undefined && (await isDemandedBy(db, applicationId))) return true;
  return !methods.includes(TRUSTED_DEVICE) && mustUseMfa(db, userId);
}

/** Whether our rules want a second factor of the user, whatever they open; a trusted device satisfies them (`lacksMfa`). */
export async function mustUseMfa(db: Db, userId: number): Promise<boolean> {
  const demand = await getMfaDemand(db);
  if (demand === 'everybody') return true;
  const groups = await groupsOfUser(db, userId);
  if (demand === 'administrators' && groups.some(({ isSuperuser }) => isSuperuser)) return true;
  const ids = groups.map(({ id }) => id);
  return (await db.group.count({ where: { id: { in: ids }, mustUseMfa: true } })) > 0;
}

export async function getMfaDemand(db: Db): Promise<MfaDemand> {
  const { mfaDemand } = await db.installation.findFirstOrThrow({ select: { mfaDemand: true } });
  return mfaDemand;
}

export async function setMfaDemand(db: Db, changes: Publisher, mfaDemand: MfaDemand): Promise<void> {
  await db.installation.updateMany({ data: { mfaDemand } });
  changes.publish('mfaDemand', { demand: mfaDemand });
}

/** The groups and applications that demand it by themselves, by name. */
export async function listMfaDemands(db: Db) {
  const query = { where: { mustUseMfa: true }, orderBy: { name: 'asc' } } as const;
  const groups = await db.group.findMany({ ...query, select: { id: true, name: true } });
  const applications = await db.application.findMany({ ...query, select: { slug: true, name: true } });
  return { groups, applications };
}

async function isDemandedBy(db: Db, applicationId: string): Promise<boolean> {
  return (await db.application.count({ where: { id: applicationId, mustUseMfa: true } })) > 0;
}
