// Sessions in the database, by prepared statements: they are read at every request.
import type { Sql } from '../../platform/database/sql.ts';
import type { Renewal, SessionStore, SsoSession, StoredSession } from './store.ts';

/** What a query for SSO sessions selects. */
export const SESSION_COLUMNS = `id, user_id AS "userId", methods, authenticated_at AS "authenticatedAt", is_persistent AS "isPersistent",
  client_address AS "clientAddress", user_agent AS "userAgent", last_seen_at AS "lastSeenAt", expires_at AS "expiresAt",
  created_at AS "createdAt"`;

export class DatabaseSessionStore implements SessionStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(session: StoredSession): Promise<void> {
    await this.#sql.query(
      `INSERT INTO sessions (id, token_hash, user_id, methods, authenticated_at, is_persistent, client_address,
         user_agent, last_seen_at, expires_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        session.id,
        session.tokenHash,
        session.userId,
        session.methods,
        session.authenticatedAt,
        session.isPersistent,
        session.clientAddress,
        session.userAgent,
        session.lastSeenAt,
        session.expiresAt,
        session.createdAt,
      ],
    );
  }

  findByTokenHash(tokenHash: string): Promise<SsoSession | undefined> {
    return this.#first(`SELECT ${SESSION_COLUMNS} FROM sessions WHERE token_hash = $1`, [tokenHash]);
  }

  find(id: string): Promise<SsoSession | undefined> {
    return this.#first(`SELECT ${SESSION_COLUMNS} FROM sessions WHERE id = $1`, [id]);
  }

  listByUser(userId: number): Promise<SsoSession[]> {
    return this.#sql.query<SsoSession>(`SELECT ${SESSION_COLUMNS} FROM sessions WHERE user_id = $1`, [
      userId,
    ]);
  }

  async touch(id: string, lastSeenAt: Date, expiresAt: Date): Promise<void> {
    await this.#sql.query('UPDATE sessions SET last_seen_at = $2, expires_at = $3 WHERE id = $1', [
      id,
      lastSeenAt,
      expiresAt,
    ]);
  }

  async rotate(id: string, renewal: Renewal): Promise<boolean> {
    const rotated = await this.#sql.query(
      `UPDATE sessions SET token_hash = $2, methods = $3, authenticated_at = $4, is_persistent = $5,
         client_address = $6, user_agent = $7, last_seen_at = $8, expires_at = $9
       WHERE id = $1 RETURNING id`,
      [
        id,
        renewal.tokenHash,
        renewal.methods,
        renewal.authenticatedAt,
        renewal.isPersistent,
        renewal.clientAddress,
        renewal.userAgent,
        renewal.lastSeenAt,
        renewal.expiresAt,
      ],
    );
    return rotated.length > 0;
  }

  delete(id: string): Promise<SsoSession | undefined> {
    return this.#first(`DELETE FROM sessions WHERE id = $1 RETURNING ${SESSION_COLUMNS}`, [id]);
  }

  async purgeExpired(now: Date): Promise<number> {
    const purged = await this.#sql.query('DELETE FROM sessions WHERE expires_at <= $1 RETURNING id', [now]);
    return purged.length;
  }

  async #first(text: string, values: readonly unknown[]): Promise<SsoSession | undefined> {
    const [session] = await this.#sql.query<SsoSession>(text, values);
    return session;
  }
}
