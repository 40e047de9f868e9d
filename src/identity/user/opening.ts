// A rule about who may open an application goes with the person or the group that it names. Where that would let in people
// whom it has kept out (the last rule of an application: without any, everybody may open it), the deletion is refused.
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { Conflict } from '../../platform/problem/problem.ts';

type Subject = { readonly userId: number } | { readonly groupId: string };

/** Throws Conflict, with the applications' names, if more people could open one without the rules that name the subject. */
export async function refuseOpening(tx: Db, subject: Subject): Promise<void> {
  const rule = { isEnabled: true, ...subject };
  const isOnlyOne = { bindings: { some: rule, none: { isEnabled: true, ...butFor(subject) } } };
  const mustPass = { policyEngineMode: 'all' as const, bindings: { some: rule } };
  // "Everybody but her" says no more than "everybody", once she is gone.
  const isTelling = 'userId' in subject ? { bindings: { some: { ...rule, isNegated: false } } } : {};
  const applications = await tx.application.findMany({
    where: { OR: [isOnlyOne, mustPass], AND: isTelling },
    select: { name: true },
    orderBy: { name: 'asc' },
  });
  if (applications.length === 0) return;
  const names = applications.map(({ name }) => name).join(', ');
  throw new Conflict(
    `This would open ${names} to more people than now, because a rule about who may open it would be deleted too. Change the rules first.`,
  );
}

/** SQL compares nothing with null. */
function butFor(subject: Subject): Prisma.AccessBindingWhereInput {
  return 'userId' in subject
    ? { OR: [{ userId: null }, { userId: { not: subject.userId } }] }
    : { OR: [{ groupId: null }, { groupId: { not: subject.groupId } }] };
}
