// Pages about people for administrators.
import { dayIn } from '../../platform/view/dates.ts';
import { type Page, page } from '../../platform/view/page.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { Group } from '../group/group.ts';
import type { User } from './user.ts';

const ROOT = '/if/admin/users/';

export const pathOf = ({ id }: Pick<User, 'id'>) => `${ROOT}${id}/`;
export const nameOf = (user: Pick<User, 'name' | 'username'>) => user.name || user.username;

interface UserList {
  readonly results: readonly User[];
  readonly count: number;
}

export function listPage(t: Translate, language: string, { results, count }: UserList, search: string): Page {
  const day = dayIn(language);
  const users = results.map((user) => ({
    path: pathOf(user),
    name: nameOf(user),
    username: user.username,
    email: user.email || '–',
    lastLogin: user.lastLoginAt ? day(user.lastLoginAt) : t('admin.users.never'),
    state: stateOf(t, user),
  }));
  const more = count > users.length ? t('admin.users.more', { shown: users.length, count }) : null;
  return page('user/list', t('admin.users.title'), { users, search, more });
}

function stateOf(t: Translate, { isActive }: Pick<User, 'isActive'>): { text: string; tone: string } {
  return isActive
    ? { text: t('admin.users.isActive'), tone: 'good' }
    : { text: t('admin.users.isInactive'), tone: 'bad' };
}

export function createPage(t: Translate, groups: readonly Group[], chosen: readonly string[]): Page {
  return page('user/create', t('admin.users.createTitle'), { groups: choiceOf(groups, chosen) });
}

export interface UserDetail {
  readonly user: User;
  readonly groups: readonly Group[];
  /** Ids of the groups that the user is in, or that were chosen in the form. */
  readonly chosen: readonly string[];
  readonly sessionCount: number;
  readonly factorCount: number;
  /** Devices on which the second factor is asked for only now and then. */
  readonly trustedCount: number;
}

export function detailPage(
  t: Translate,
  { user, groups, chosen, sessionCount, factorCount, trustedCount }: UserDetail,
): Page {
  return page('user/detail', nameOf(user), {
    user: { path: pathOf(user), name: nameOf(user), username: user.username, state: stateOf(t, user) },
    values: {
      username: user.username,
      name: user.name,
      email: user.email,
      isEmailVerified: user.emailVerified,
      isActive: user.isActive,
    },
    groups: choiceOf(groups, chosen),
    sessionCount,
    factorCount,
    trustedCount,
  });
}

function choiceOf(groups: readonly Group[], chosen: readonly string[]) {
  return groups.map(({ id, name, isSuperuser }) => ({
    id,
    name,
    isSuperuser,
    isChosen: chosen.includes(id),
  }));
}
