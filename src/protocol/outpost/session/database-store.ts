// Outpost sessions in the database, by prepared statements.
import type { Sql } from '../../../platform/database/sql.ts';
import { SESSION_COLUMNS } from '../../../signin/session/database-store.ts';
import type { SsoSession } from '../../../signin/session/store.ts';
import type { FoundOutpostSession, OutpostSessionStore, StoredOutpostSession } from './store.ts';

interface Row extends SsoSession {
  readonly providerId: number;
  readonly identityToken: string;
  readonly ownExpiresAt: Date;
}

export class DatabaseOutpostSessionStore implements OutpostSessionStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert({
    tokenHash,
    sessionId,
    providerId,
    identityToken,
    expiresAt,
  }: StoredOutpostSession): Promise<void> {
    await this.#sql.query(
      `INSERT INTO outpost_sessions (token_hash, session_id, provider_id, identity_token, expires_at)
       VALUES ($1, $2, $3, $4, $5)`,
      [tokenHash, sessionId, providerId, identityToken, expiresAt],
    );
  }

  async find(tokenHash: string): Promise<FoundOutpostSession | undefined> {
    const [row] = await this.#sql.query<Row>(
      `SELECT own."providerId", own."identityToken", own."ownExpiresAt", ${SESSION_COLUMNS}
         FROM sessions JOIN (
           SELECT session_id, provider_id AS "providerId", identity_token AS "identityToken", expires_at AS "ownExpiresAt"
             FROM outpost_sessions WHERE token_hash = $1
         ) own ON own.session_id = sessions.id`,
      [tokenHash],
    );
    if (!row) return undefined;
    const { providerId, identityToken, ownExpiresAt: expiresAt, ...sso } = row;
    return { tokenHash, sessionId: sso.id, providerId, identityToken, expiresAt, sso };
  }

  async findEnded(tokenHashes: readonly string[], now: Date): Promise<string[]> {
    const ended = await this.#sql.query<{ hash: string }>(
      `SELECT given.hash FROM unnest($1::text[]) AS given (hash)
        WHERE NOT EXISTS (
          SELECT 1 FROM outpost_sessions own JOIN sessions ON sessions.id = own.session_id
           WHERE own.token_hash = given.hash AND own.expires_at > $2 AND sessions.expires_at > $2)`,
      [tokenHashes, now],
    );
    return ended.map(({ hash }) => hash);
  }

  async renewToken(tokenHash: string, identityToken: string): Promise<void> {
    await this.#sql.query('UPDATE outpost_sessions SET identity_token = $2 WHERE token_hash = $1', [
      tokenHash,
      identityToken,
    ]);
  }

  async delete(tokenHash: string): Promise<void> {
    await this.#sql.query('DELETE FROM outpost_sessions WHERE token_hash = $1', [tokenHash]);
  }

  async purgeExpired(now: Date): Promise<number> {
    const purged = await this.#sql.query(
      'DELETE FROM outpost_sessions WHERE expires_at <= $1 RETURNING token_hash',
      [now],
    );
    return purged.length;
  }
}
