// People and groups as they are named on the command line.
import { findGroupByName, type Group } from '../../identity/group/group.ts';
import { findUserByLogin, type User } from '../../identity/user/user.ts';
import type { Db } from '../../platform/database/database.ts';
import { NotFound } from '../../platform/problem/problem.ts';

/** By username, or by an e-mail address that exactly one user has; throws NotFound. */
export async function getUserNamed(db: Db, login: string): Promise<User> {
  const user = await findUserByLogin(db, login);
  if (!user) throw new NotFound(`There is no user "${login}".`);
  return user;
}

/** By its exact name; throws NotFound. */
export async function getGroupNamed(db: Db, name: string): Promise<Group> {
  const group = await findGroupByName(db, name);
  if (!group) throw new NotFound(`There is no group "${name}".`);
  return group;
}
