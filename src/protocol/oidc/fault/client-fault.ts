// The last failed request of every client, one row for each kind of fault, kept until it is dismissed or a month old.
import type { Db } from '../../../platform/database/database.ts';
import type { ClientFault } from '../../../platform/database/generated/client.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import type { FaultKind } from './fault-kind.ts';

const RETENTION_DAYS = 30;
const MAX_TEXT = 2048;

export interface NewClientFault {
  readonly providerId: number;
  readonly kind: FaultKind;
  /** What was sent, where that helps. Never a secret. */
  readonly sent: string;
  /** The protocol's own words. */
  readonly detail: string;
  readonly clientAddress: string;
  readonly requestId: string;
}

/** Writes it over the last one of its kind, and counts; true when it is the first of its kind for an hour. */
export async function recordClientFault(sql: Sql, fault: NewClientFault): Promise<boolean> {
  const { providerId, kind, sent, detail, clientAddress, requestId } = fault;
  const [row] = await sql.query<{ isNews: boolean }>(
    `WITH before AS (SELECT last_at FROM client_faults WHERE provider_id = $1 AND kind = $2)
     INSERT INTO client_faults (provider_id, kind, sent, detail, client_address, request_id)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (provider_id, kind) DO UPDATE SET sent = excluded.sent, detail = excluded.detail,
       client_address = excluded.client_address, request_id = excluded.request_id, last_at = now(),
       count = client_faults.count + 1
     RETURNING COALESCE((SELECT last_at FROM before) < now() - interval '1 hour', true) AS "isNews"`,
    [providerId, kind, sent.slice(0, MAX_TEXT), detail.slice(0, MAX_TEXT), clientAddress, requestId],
  );
  return row?.isNews ?? false;
}

/** Newest first. */
export function listClientFaults(db: Db, providerId: number): Promise<ClientFault[]> {
  return db.clientFault.findMany({ where: { providerId }, orderBy: { lastAt: 'desc' } });
}

export async function findClientFault(
  db: Db,
  providerId: number,
  kind: FaultKind,
): Promise<ClientFault | undefined> {
  const where = { providerId_kind: { providerId, kind } };
  return (await db.clientFault.findUnique({ where })) ?? undefined;
}

/** Forgets those of one kind, or all. */
export async function deleteClientFaults(db: Db, providerId: number, kind?: FaultKind): Promise<void> {
  await db.clientFault.deleteMany({ where: { providerId, ...(kind && { kind }) } });
}

/** Forgets what nobody has looked after for a month; returns how many. */
export async function purgeClientFaults(db: Db, now = new Date()): Promise<number> {
  const before = new Date(now.getTime() - RETENTION_DAYS * 24 * 60 * 60 * 1000);
  const { count } = await db.clientFault.deleteMany({ where: { lastAt: { lt: before } } });
  return count;
}
