// Pages about groups for administrators.
import { type Page, page } from '../../platform/view/page.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { User } from '../user/user.ts';
import type { Group } from './group.ts';

const ROOT = '/if/admin/groups/';

export const pathOf = ({ id }: Pick<Group, 'id'>) => `${ROOT}${id}/`;

export function listPage(
  t: Translate,
  groups: readonly Group[],
  memberCounts: ReadonlyMap<string, number>,
): Page {
  return page('group/list', t('admin.groups.title'), {
    groups: groups.map((group) => ({
      path: pathOf(group),
      name: group.name,
      isSuperuser: group.isSuperuser,
      memberCount: memberCounts.get(group.id) ?? 0,
    })),
  });
}

export function detailPage(group: Group, members: readonly User[]): Page {
  const path = pathOf(group);
  return page('group/detail', group.name, {
    group: { path, name: group.name, isSuperuser: group.isSuperuser, mustUseMfa: group.mustUseMfa },
    members: members.map(({ id, name, username }) => ({
      path: `/if/admin/users/${id}/`,
      name: name || username,
      username,
      removePath: `${path}members/${id}/delete/`,
    })),
  });
}
