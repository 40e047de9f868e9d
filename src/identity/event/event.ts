// The audit trail: who did what, when, from where. Actions are authentik's names, so that dashboards and scripts that
// read its events read ours. Secrets never get in: suspicious keys of a context are masked here, once for all callers.
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { Listed, ListQuery } from '../../platform/database/listed.ts';

const DEFAULT_RETENTION_DAYS = 365;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The closed union of what is recorded. */
export const EVENT_ACTIONS = [
  'login',
  'login_failed',
  'logout',
  'user_write',
  'suspicious_request',
  'password_set',
  'secret_view',
  'secret_rotate',
  'invitation_used',
  'authorize_application',
  'source_linked',
  'impersonation_started',
  'impersonation_ended',
  'policy_exception',
  'property_mapping_exception',
  'system_exception',
  'configuration_error',
  'configuration_warning',
  'model_created',
  'model_updated',
  'model_deleted',
  'email_sent',
  'custom_',
] as const;

export type EventAction = (typeof EVENT_ACTIONS)[number];

export interface NewEvent {
  readonly action: EventAction;
  /** The room that records it, for example `signin.flow`. */
  readonly source: string;
  readonly userId?: number | undefined;
  readonly username?: string | undefined;
  readonly context?: Prisma.InputJsonObject;
  readonly clientAddress?: string | undefined;
  readonly requestId?: string | undefined;
}

export type Event = Prisma.EventGetPayload<object>;

/** Appends one event to the audit trail. */
export async function recordEvent(db: Db, event: NewEvent, now = new Date()): Promise<void> {
  await db.event.create({
    data: {
      action: event.action,
      source: event.source,
      userId: event.userId ?? null,
      username: event.username ?? '',
      context: masked(event.context ?? {}),
      clientAddress: event.clientAddress ?? '',
      requestId: event.requestId ?? '',
      createdAt: now,
      expiresAt: new Date(now.getTime() + DEFAULT_RETENTION_DAYS * DAY_MS),
    },
  });
}

export type EventQuery = ListQuery<Prisma.EventWhereInput, Prisma.EventOrderByWithRelationInput>;

/** A page of events, newest first unless ordered otherwise, with the number of all that match. */
export async function listEvents(db: Db, query: EventQuery = {}): Promise<Listed<Event>> {
  const { where = {}, orderBy = [{ createdAt: 'desc' }], skip = 0, take = 50 } = query;
  const [count, results] = await Promise.all([
    db.event.count({ where }),
    db.event.findMany({ where, orderBy, skip, take }),
  ]);
  return { count, results };
}

export async function findEvent(db: Db, id: string): Promise<Event | undefined> {
  return (await db.event.findUnique({ where: { id } })) ?? undefined;
}

/** Deletes what is older than the retention period; returns how many events went. */
export async function purgeEvents(db: Db, retentionDays: number, now = new Date()): Promise<number> {
  const { count } = await db.event.deleteMany({
    where: { createdAt: { lt: new Date(now.getTime() - retentionDays * DAY_MS) } },
  });
  return count;
}

const SECRET_NAME = /password|secret|token|cookie|authorization|^(?:key|code)$/i;

function masked(context: Prisma.InputJsonObject): Prisma.InputJsonObject {
  const text = JSON.stringify(context, (name, value) =>
    SECRET_NAME.test(name) && typeof value === 'string' ? '********' : value,
  );
  return JSON.parse(text);
}
