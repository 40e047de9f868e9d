// The first administrator: made once, by the set-up page or by the bootstrap variables, whichever comes first. The
// installation row decides the race, so set-up can never be run again (CVE-2023-46249).
import type { PasswordHasher } from '../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { inTransaction } from '../../platform/database/transaction.ts';
import { claimSetUp, isSetUp } from '../installation/installation.ts';
import { hashPassword } from './password.ts';
import { createUser, type User } from './user.ts';

const ADMINISTRATORS = 'Gatelodge Admins';

export interface FirstAdministrator {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  /** Absent: they cannot sign in with a password until one is set (bootstrap with a token only). */
  readonly password?: string | undefined;
}

export type FirstAdministratorResult =
  | { readonly ok: true; readonly user: User }
  | { readonly ok: false; readonly reason: 'already_set_up' };

/** Makes the user, in the superuser group "Gatelodge Admins"; exactly one call ever succeeds. */
export async function createFirstAdministrator(
  db: Db,
  changes: Publisher,
  hasher: PasswordHasher,
  input: FirstAdministrator,
): Promise<FirstAdministratorResult> {
  if (await isSetUp(db)) return { ok: false, reason: 'already_set_up' };
  const { password, ...fields } = input;
  const passwordHash = password === undefined ? null : await hashPassword(hasher, password);

  return inTransaction(db, changes, async (tx, publisher) => {
    if (!(await claimSetUp(tx))) return { ok: false, reason: 'already_set_up' };
    const user = await createUser(tx, publisher, fields);
    const group = await tx.group.upsert({
      where: { name: ADMINISTRATORS },
      create: { name: ADMINISTRATORS, isSuperuser: true },
      update: { isSuperuser: true },
    });
    await tx.groupMembership.create({ data: { userId: user.id, groupId: group.id } });
    await tx.user.update({ where: { id: user.id }, data: { passwordHash, passwordChangedAt: new Date() } });
    publisher.publish('group', { id: group.id });
    return { ok: true, user };
  });
}
