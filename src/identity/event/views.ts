// The audit trail as administrators read it.
import { z } from 'zod';
import { momentIn } from '../../platform/view/dates.ts';
import { type Page, page } from '../../platform/view/page.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { Event } from './event.ts';

const ROOT = '/if/admin/events/';

/** authentik's form of what an event is about, and whatever else the recorder noted. */
const contextShape = z.looseObject({
  model: z.object({ model_name: z.string(), name: z.string() }).optional(),
});

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
  const moment = momentIn(language);
  return page('event/list', t('admin.events.title'), {
    events: events.map((event) => ({
      when: moment(event.createdAt),
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

/** What the context says, in one line: "application Grafana · opened to: family". */
function aboutOf({ context }: Event): string {
  const { model, ...details } = contextShape.catch({}).parse(context);
  const facts = Object.entries(details)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${value}`);
  return [...(model ? [`${model.model_name} ${model.name}`] : []), ...facts].join(' · ');
}
