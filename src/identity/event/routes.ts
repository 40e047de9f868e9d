// /if/admin/events/: what happened, newest first.
import { z } from 'zod';
import type { Db } from '../../platform/database/database.ts';
import { administrator } from '../../platform/http/guard.ts';
import { get, type Route } from '../../platform/http/route.ts';
import { listEvents } from './event.ts';
import { listPage } from './views.ts';

interface Needs {
  readonly db: Db;
}

const PAGE_SIZE = 50;
const paged = z.object({ page: z.coerce.number().int().min(1).max(100_000).catch(1) });

export function eventRoutes({ db }: Needs): Route[] {
  return [
    get('/if/admin/events/', administrator, paged, async ({ state: { t, language } }, input) => {
      const skip = (input.page - 1) * PAGE_SIZE;
      const { count, results } = await listEvents(db, { skip, take: PAGE_SIZE });
      const isLastPage = skip + results.length >= count;
      return listPage(t, language, { events: results, pageNumber: input.page, isLastPage });
    }),
  ];
}
