// "Help signing in" for administrators, and the link that they hand over.
import { type Page, page } from '../../../platform/view/page.ts';
import { qrCodeOf } from '../../../platform/view/qr-code.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import type { User } from '../user.ts';

export const rootOf = ({ id }: Pick<User, 'id'>) => `/if/admin/users/${id}/recovery/`;

interface State {
  readonly isLocked: boolean;
  readonly canMail: boolean;
}

export function recoveryPage(t: Translate, user: User, state: State): Page {
  return page('user/recovery', t('admin.recovery.title'), { ...state, ...shown(user) });
}

export function linkPage(t: Translate, user: User, link: string): Page {
  return page('user/recovery-link', t('admin.recovery.linkTitle'), {
    ...shown(user),
    link,
    qr: qrCodeOf(link),
  });
}

function shown(user: User) {
  return {
    name: user.name || user.username,
    email: user.email || '–',
    root: rootOf(user),
    userPath: `/if/admin/users/${user.id}/`,
  };
}
