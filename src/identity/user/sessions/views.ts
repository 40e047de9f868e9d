// "Sessions" of a user, for administrators.
import type { ListedSession } from '../../../operation/account/session-list.ts';
import { momentIn } from '../../../platform/view/dates.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import { describeDevice } from '../../../signin/session/user-agent.ts';
import type { User } from '../user.ts';

export const rootOf = ({ id }: Pick<User, 'id'>) => `/if/admin/users/${id}/sessions/`;

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

export function userSessionsPage(
  { t, language }: Reader,
  user: User,
  sessions: readonly ListedSession[],
): Page {
  const moment = momentIn(language);
  return page('user/sessions', t('admin.users.sessions'), {
    name: user.name || user.username,
    userPath: `/if/admin/users/${user.id}/`,
    sessions: sessions.map((session) => ({
      device: describeDevice(session.userAgent) ?? t('portal.sessions.unknownDevice'),
      address: session.clientAddress,
      lastSeen: moment(session.lastSeenAt),
      applications: session.applications.join(', ') || null,
      endPath: `${rootOf(user)}${session.id}/end/`,
    })),
  });
}
