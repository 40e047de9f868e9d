// Which proxied applications a session has opened. Kept for people who look at their sessions; no decision reads it. Where
// outpost sessions live in Redis they can only be found by their tokens, so this stays in the database.
import type { Sql } from '../../../platform/database/sql.ts';

/** Longer than a session at an application lasts: each new one notes it again. */
const RETENTION_DAYS = 90;

export async function recordOutpostSignIn(sql: Sql, sessionId: string, providerId: number): Promise<void> {
  await sql.query(
    `INSERT INTO outpost_sign_ins (session_id, provider_id) VALUES ($1::uuid, $2)
     ON CONFLICT (session_id, provider_id) DO UPDATE SET last_opened_at = now()`,
    [sessionId, providerId],
  );
}

/** Forgets what nobody has opened for long; returns how many. */
export async function purgeOutpostSignIns(sql: Sql): Promise<number> {
  const purged = await sql.query(
    "DELETE FROM outpost_sign_ins WHERE last_opened_at < now() - $1 * interval '1 day' RETURNING provider_id",
    [RETENTION_DAYS],
  );
  return purged.length;
}
