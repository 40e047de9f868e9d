// Making an account of one's own: with an invitation, or without one where that is switched on. The invitation is used
// and the account made in one transaction: of fifty people with the last use of a link, one gets in.
import { recordEvent } from '../../../identity/event/event.ts';
import { setGroupsOfUser } from '../../../identity/group/membership.ts';
import { isEnrolmentOpen } from '../../../identity/installation/enrolment.ts';
import {
  findInvitation,
  type Invitation,
  isInvitationOpen,
  redeemInvitation,
} from '../../../identity/invitation/invitation.ts';
import { hashPassword } from '../../../identity/user/password.ts';
import { refuseWeakPassword } from '../../../identity/user/password-rules.ts';
import { createUser, type User } from '../../../identity/user/user.ts';
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import type { PasswordHasher } from '../../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { Expired } from '../../../platform/problem/problem.ts';
import type { Run } from '../../flow/run.ts';

export interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly passwords: PasswordHasher;
}

export interface NewAccount {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** On what grounds an account may be made now; undefined: on none. */
export type Admittance = { readonly invitation: Invitation | undefined } | undefined;

/** A token that is no good does not become good where enrolment is open: that would hide that it has expired. */
export async function findAdmittance(db: Db, { token, now }: Run): Promise<Admittance> {
  if (token === undefined) return (await isEnrolmentOpen(db)) ? { invitation: undefined } : undefined;
  const invitation = await findInvitation(db, sha256Hex(token));
  return invitation && isInvitationOpen(invitation, now) ? { invitation } : undefined;
}

/** Makes the account; throws InvalidInput for what was typed, Expired when the invitation is gone by now. */
export async function enrol(
  { db, changes, passwords }: Needs,
  run: Run,
  { invitation }: NonNullable<Admittance>,
  { password, ...person }: NewAccount,
): Promise<User> {
  await refuseWeakPassword(password, person);
  const passwordHash = await hashPassword(passwords, password);
  // An administrator who wrote the address down vouches for it.
  const emailVerified = person.email !== '' && person.email === invitation?.email;
  return inTransaction(db, changes, async (tx, publisher) => {
    if (invitation && !(await redeemInvitation(tx, invitation.tokenHash, run.now))) {
      throw new Expired(run.t('signin.account.closed'));
    }
    const user = await createUser(tx, publisher, { ...person, emailVerified });
    await tx.user.update({ where: { id: user.id }, data: { passwordHash, passwordChangedAt: run.now } });
    const groupIds = invitation?.groups.map(({ group }) => group.id) ?? [];
    if (groupIds.length > 0) await setGroupsOfUser(tx, publisher, user.id, groupIds);
    await recordEvent(tx, {
      action: invitation ? 'invitation_used' : 'user_write',
      source: 'signin.account',
      userId: user.id,
      username: user.username,
      context: { flow: run.flow, ...(invitation && { invitation: invitation.name }) },
      clientAddress: run.client.address,
      requestId: run.requestId,
    });
    return user;
  });
}
