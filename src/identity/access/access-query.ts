// The access decision with its facts from the database.
import type { Db } from '../../platform/database/database.ts';
import { type Application, listApplications } from '../application/application.ts';
import { groupsOfUser } from '../group/membership.ts';
import { findUser } from '../user/user.ts';
import { type AccessDecision, type AccessReason, decideAccess } from './access.ts';

const INACTIVE: AccessDecision = { isAllowed: false, reason: { kind: 'inactive' } };

/** Whether the user may open the application now; deactivated and deleted users may open nothing. */
export async function checkAccess(
  db: Db,
  application: Pick<Application, 'id' | 'policyEngineMode'>,
  userId: number,
): Promise<AccessDecision> {
  const facts = await findFacts(db, userId);
  if (!facts) return INACTIVE;
  const bindings = await db.accessBinding.findMany({ where: { applicationId: application.id } });
  return decideAccess({ ...facts, bindings, policyEngineMode: application.policyEngineMode });
}

/** The applications that the user may open and that are not hidden, by name: the tiles of the portal. */
export async function listApplicationsFor(db: Db, userId: number): Promise<Application[]> {
  const applications = await listApplications(db, { where: { isHidden: false } });
  return allowedAmong(db, applications, userId);
}

/** Those of the given applications that the user may open. Three queries, however many there are. */
export async function allowedAmong(
  db: Db,
  applications: readonly Application[],
  userId: number,
): Promise<Application[]> {
  const facts = await findFacts(db, userId);
  if (!facts) return [];
  const applicationIds = applications.map(({ id }) => id);
  const all = await db.accessBinding.findMany({ where: { applicationId: { in: applicationIds } } });
  const byApplication = Map.groupBy(all, ({ applicationId }) => applicationId);
  return applications.filter(({ id, policyEngineMode }) => {
    const bindings = byApplication.get(id) ?? [];
    return decideAccess({ ...facts, bindings, policyEngineMode }).isAllowed;
  });
}

/** The groups whose members would have been let in, for the page that explains a refusal (it names no people). */
export async function listGroupsThatMayOpen(db: Db, reason: AccessReason): Promise<string[]> {
  if (reason.kind === 'inactive') return [];
  const positive = reason.bindings.filter((binding) => !binding.isNegated);
  const groupIds = positive.flatMap(({ groupId }) => groupId ?? []);
  const groups = await db.group.findMany({ where: { id: { in: groupIds } }, orderBy: { name: 'asc' } });
  return groups.map(({ name }) => name);
}

async function findFacts(
  db: Db,
  userId: number,
): Promise<{ userId: number; groupIds: string[] } | undefined> {
  const user = await findUser(db, userId);
  if (!user?.isActive) return undefined;
  const groups = await groupsOfUser(db, userId);
  return { userId, groupIds: groups.map(({ id }) => id) };
}
