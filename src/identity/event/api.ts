// /api/v3/events/events/: the audit trail, read only, for administrators. A trail that can be written to from outside
// proves nothing.
import { z } from 'zod';
import { given } from '../../platform/database/columns.ts';
import type { Prisma, PrismaClient } from '../../platform/database/generated/client.ts';
import { text } from '../../platform/problem/field.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import { several } from '../../platform/rest/listing.ts';
import type { Operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { type Event, findEvent, listEvents } from './event.ts';

const eventShape = z.object({
  pk: z.uuid(),
  user: z.record(z.string(), z.unknown()),
  action: z.string(),
  app: z.string(),
  context: z.record(z.string(), z.unknown()),
  client_ip: z.string().nullable(),
  created: z.date(),
  expires: z.date(),
  brand: z.record(z.string(), z.unknown()),
});

const filters = z.object({
  action: text.optional(),
  actions: several(text).optional(),
  username: text.optional(),
  client_ip: text.optional(),
});

export function eventApi({ db }: { db: PrismaClient }): Operation[] {
  return resource({
    path: 'events/events',
    name: 'Event',
    key: z.object({ event_uuid: z.uuid() }),
    shape: eventShape,
    fields: z.strictObject({}),
    filters,
    ordering: { created: 'createdAt', action: 'action', app: 'source', client_ip: 'clientAddress' },

    list: async ({ query, search, orderBy, skip, take }) => {
      const { count, results } = await listEvents(db, {
        where: eventsThat(query, search),
        orderBy,
        skip,
        take,
      });
      return { count, results: results.map(represent) };
    },
    get: async ({ parameters }) => {
      const event = await findEvent(db, parameters.event_uuid);
      if (!event) throw new NotFound('There is no such event.');
      return represent(event);
    },
  });
}

function represent(event: Event): z.input<typeof eventShape> {
  const { id, action, source, userId, username, context, clientAddress, requestId } = event;
  return {
    pk: id,
    user: userId === null && username === '' ? {} : { pk: userId, username },
    action,
    app: source,
    context: { ...Object(context), ...(requestId !== '' && { http_request: { request_id: requestId } }) },
    client_ip: clientAddress || null,
    created: event.createdAt,
    expires: event.expiresAt,
    brand: {},
  };
}

function eventsThat(query: z.output<typeof filters>, search: string): Prisma.EventWhereInput {
  const { action, actions, username, client_ip: clientAddress } = query;
  const found = { contains: search, mode: 'insensitive' as const };
  return {
    AND: [
      given({ action, username, clientAddress }),
      actions ? { action: { in: actions } } : {},
      search === '' ? {} : { OR: [{ action: found }, { source: found }, { username: found }] },
    ],
  };
}
