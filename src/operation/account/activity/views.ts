// "Recent activity".
import type { Event } from '../../../identity/event/event.ts';
import { momentIn } from '../../../platform/view/dates.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

export function activityPage({ t, language }: Reader, events: readonly Event[], ownId: number): Page {
  const moment = momentIn(language);
  return page('account/activity', t('portal.activity.title'), {
    events: events.map(({ action, username, userId, clientAddress, createdAt }) => ({
      what: t(`admin.events.actions.${action}`),
      isFailure: action === 'login_failed' || action === 'suspicious_request',
      by: userId === ownId ? null : username || null,
      from: clientAddress || '–',
      when: moment(createdAt),
    })),
  });
}
