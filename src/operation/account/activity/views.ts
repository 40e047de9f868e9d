// "Recent activity".
import { z } from 'zod';
import type { Event } from '../../../identity/event/event.ts';
import { momentIn } from '../../../platform/view/dates.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';

/** What of an event's context says what it was about: an application, or a second factor by its name. */
const about = z.object({
  device: z.string().optional().catch(undefined),
  application: z.string().optional().catch(undefined),
  authorized_application: z.object({ name: z.string() }).optional().catch(undefined),
});

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

export function activityPage({ t, language }: Reader, events: readonly Event[], ownId: number): Page {
  const moment = momentIn(language);
  return page('account/activity', t('portal.activity.title'), {
    events: events.map(({ action, context, username, userId, clientAddress, createdAt }) => ({
      what: t(`admin.events.actions.${action}`),
      about: aboutOf(context),
      isFailure: action === 'login_failed' || action === 'suspicious_request',
      by: userId === ownId ? null : username || null,
      from: clientAddress || '–',
      when: moment(createdAt),
    })),
  });
}

function aboutOf(context: Event['context']): string | null {
  const { device, application, authorized_application: authorized } = about.safeParse(context).data ?? {};
  return device ?? authorized?.name ?? application ?? null;
}
