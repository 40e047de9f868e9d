// Where somebody is signed in, and what each session has opened: services by OpenID Connect, as their logout notices
// tell, and proxied ones.
import type { Sql } from '../../platform/database/sql.ts';
import type { SsoSession } from '../../signin/session/store.ts';

export interface ListedSession extends SsoSession {
  /** Names of applications, in alphabetical order. */
  readonly applications: readonly string[];
}

interface Needs {
  readonly sql: Sql;
  readonly sessions: { list(userId: number): Promise<SsoSession[]> };
}

/** The user's sessions, last seen first. */
export async function listSessions({ sql, sessions }: Needs, userId: number): Promise<ListedSession[]> {
  const live = await sessions.list(userId);
  const opened = await sql.query<{ sessionId: string; name: string }>(
    `SELECT opened.session_id AS "sessionId", application.name
       FROM (SELECT session_id, provider_id FROM logout_notices WHERE session_id = ANY($1::uuid[])
             UNION
             SELECT session_id, provider_id FROM outpost_sign_ins WHERE session_id = ANY($1::uuid[])) opened
       JOIN applications application ON application.provider_id = opened.provider_id
      ORDER BY application.name`,
    [live.map(({ id }) => id)],
  );
  const names = Map.groupBy(opened, ({ sessionId }) => sessionId);
  return live.map((session) => ({
    ...session,
    applications: (names.get(session.id) ?? []).map(({ name }) => name),
  }));
}
