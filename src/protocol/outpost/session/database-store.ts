// Outpost sessions in the database, by prepared statements.
import type { Sql } from '../../../platform/database/sql.ts';
import type { OutpostSessionStore, StoredOutpostSession } from './store.ts';

const COLUMNS = `token_hash AS "tokenHash", session_id AS "sessionId", provider_id AS "providerId",
  identity_token AS "identityToken", expires_at AS "expiresAt"`;

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

  async find(tokenHash: string): Promise<StoredOutpostSession | undefined> {
    const [session] = await this.#sql.query<StoredOutpostSession>(
      `SELECT ${COLUMNS} FROM outpost_sessions WHERE token_hash = $1`,
      [tokenHash],
    );
    return session;
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
