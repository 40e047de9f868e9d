// Logout notices: which clients a session has signed its person in to, kept from the sign-in on, so that each can be told
// when the session ends. They are rows and no messages: whoever ends the session, and however, the notice falls due; of
// several replicas one claims it, and one that dies with it in its hands lets it fall due again. All times are the
// database's, because replicas' clocks differ.
import type { Sql } from '../../../platform/database/sql.ts';

/** While nothing is heard of a session it is looked at this often: it may have expired, or its end gone unheard. */
const LOOK_SECONDS = 60 * 60;
/** Longer than it takes to tell a client, or to give up on it for now. */
const LEASE_SECONDS = 60;
/** After each failed attempt: five of them within about an hour. */
const RETRY_SECONDS = [15, 60, 600, 3000];
const RETENTION_DAYS = 14;

export interface SignedInClient {
  readonly sessionId: string;
  readonly providerId: number;
  readonly userId: number;
  /** As the client knows us. */
  readonly issuer: string;
  readonly subject: string;
}

/** A notice in the hands of this process. */
export interface ClaimedNotice extends SignedInClient {
  readonly id: string;
  /** Failed attempts so far. */
  readonly attempts: number;
}

/** Notes that the session has signed its person in to a client. */
export async function recordSignIn(sql: Sql, client: SignedInClient): Promise<void> {
  const { sessionId, providerId, userId, issuer, subject } = client;
  await sql.query(
    `INSERT INTO logout_notices (id, session_id, provider_id, user_id, issuer, subject, due_at)
     VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, now() + $7 * interval '1 second')
     ON CONFLICT (session_id, provider_id) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject`,
    [crypto.randomUUID(), sessionId, providerId, userId, issuer, subject, LOOK_SECONDS],
  );
}

/** The column has milliseconds, and rounding up would put off what is due by a moment that nobody waits for. */
const NOW = "date_trunc('milliseconds', now())";

/**
 * What has not been tried yet and is in nobody's hands. Twice the lease, because now() is when the statement began: it may
 * have waited for the very one that claims the row, and must not take it for one that waits.
 */
const IS_WAITING = "attempts = 0 AND due_at > now() + 2 * $2 * interval '1 second'";

/** Lets the notices of a session be looked at now. */
export async function callInSession(sql: Sql, sessionId: string): Promise<void> {
  await sql.query(`UPDATE logout_notices SET due_at = ${NOW} WHERE session_id = $1::uuid AND ${IS_WAITING}`, [
    sessionId,
    LEASE_SECONDS,
  ]);
}

/** The same for all sessions of a user: one who is deactivated or deleted has none any more. */
export async function callInUser(sql: Sql, userId: number): Promise<void> {
  await sql.query(`UPDATE logout_notices SET due_at = ${NOW} WHERE user_id = $1 AND ${IS_WAITING}`, [
    userId,
    LEASE_SECONDS,
  ]);
}

/** Takes at most so many that are due, for a minute; no other process gets the same ones. */
export function claimDueNotices(sql: Sql, limit: number): Promise<ClaimedNotice[]> {
  return sql.query<ClaimedNotice>(
    `UPDATE logout_notices SET due_at = now() + $1 * interval '1 second' WHERE id IN (
       SELECT id FROM logout_notices WHERE due_at <= now() ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id, session_id AS "sessionId", provider_id AS "providerId", user_id AS "userId", issuer, subject,
       attempts`,
    [LEASE_SECONDS, limit],
  );
}

/** The session lives: look again when it may have expired. */
export async function postponeNotice(sql: Sql, { id }: ClaimedNotice, expiresAt: Date): Promise<void> {
  await sql.query(
    `UPDATE logout_notices SET due_at = LEAST($2, now() + $3 * interval '1 second') WHERE id = $1::uuid`,
    [id, expiresAt, LOOK_SECONDS],
  );
}

/** The client knows. */
export async function finishNotice(sql: Sql, { id }: ClaimedNotice): Promise<void> {
  await sql.query(
    `UPDATE logout_notices SET due_at = NULL, finished_at = now(), attempts = attempts + 1, last_error = ''
     WHERE id = $1::uuid`,
    [id],
  );
}

/** The client could not be told; true when that was the last attempt. */
export async function failNotice(sql: Sql, notice: ClaimedNotice, error: string): Promise<boolean> {
  const { id, attempts } = notice;
  const delaySeconds = RETRY_SECONDS[attempts];
  const isLast = delaySeconds === undefined;
  await sql.query(
    `UPDATE logout_notices SET due_at = now() + $2 * interval '1 second', attempts = attempts + 1, last_error = $3,
       finished_at = CASE WHEN $4 THEN now() END
     WHERE id = $1::uuid`,
    [id, delaySeconds ?? null, error, isLast],
  );
  return isLast;
}

/** There is nobody to tell. */
export async function deleteNotice(sql: Sql, { id }: ClaimedNotice): Promise<void> {
  await sql.query('DELETE FROM logout_notices WHERE id = $1::uuid', [id]);
}

/** Forgets what was settled some time ago; returns how many. */
export async function purgeNotices(sql: Sql): Promise<number> {
  const purged = await sql.query(
    "DELETE FROM logout_notices WHERE finished_at < now() - $1 * interval '1 day' RETURNING id",
    [RETENTION_DAYS],
  );
  return purged.length;
}

export interface NoticeOutcome {
  readonly attempts: number;
  /** Why the last attempt failed; empty when the client knows. */
  readonly lastError: string;
  /** Undefined while another attempt is to come. */
  readonly finishedAt: Date | undefined;
}

/** How the client's last notices went, newest first. */
export async function listNoticeOutcomes(sql: Sql, providerId: number, take = 5): Promise<NoticeOutcome[]> {
  const rows = await sql.query<Omit<NoticeOutcome, 'finishedAt'> & { finishedAt: Date | null }>(
    `SELECT attempts, last_error AS "lastError", finished_at AS "finishedAt" FROM logout_notices
     WHERE provider_id = $1 AND attempts > 0 ORDER BY finished_at DESC NULLS FIRST LIMIT $2`,
    [providerId, take],
  );
  return rows.map(({ finishedAt, ...row }) => ({ ...row, finishedAt: finishedAt ?? undefined }));
}
