// The audit trail as administrators read it.
import { type Page, page } from '../../platform/view/page.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { Event } from './event.ts';

const ROOT = '/if/admin/events/';

export interface EventList {
  readonly events: readonly Event[];
  readonly pageNumber: number;
  readonly isLastPage: boolean;
}

export function listPage(
  t: Translate,
  language: string,
  { events, pageNumber, isLastPage }: EventList,
): Page {
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return page('event/list', t('admin.events.title'), {
    events: events.map((event) => ({
      when: moment.format(event.createdAt),
      createdAt: event.createdAt.toISOString(),
      action: t(`admin.events.actions.${event.action}`),
      about: aboutOf(event),
      who: event.username || t('admin.events.nobody'),
      from: event.clientAddress || '–',
    })),
    newerPath: pageNumber > 1 ? `${ROOT}?page=${pageNumber - 1}` : null,
    olderPath: isLastPage ? null : `${ROOT}?page=${pageNumber + 1}`,
  });
}

/** The plain facts of the context, in one line: "application: grafana". */
function aboutOf({ context }: Event): string {
  const isFact = ([, value]: [string, unknown]) => ['string', 'number', 'boolean'].includes(typeof value);
  const facts = Object.entries(context ?? {}).filter(isFact);
  return facts.map(([name, value]) => `${name.replaceAll('_', ' ')}: ${value}`).join(' · ');
}
