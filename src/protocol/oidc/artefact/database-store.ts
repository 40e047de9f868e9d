// Artefacts in PostgreSQL, with prepared statements beside Prisma: every token request reads and writes several.
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import { artefactKey, openPayload, sealPayload } from './envelope.ts';
import type { Artefact, ArtefactStore, OwnedArtefact, StoredArtefact } from './store.ts';

interface Row {
  readonly payload: string;
  readonly session_id: string | null;
  readonly consumed_at: Date | null;
  readonly expires_at: Date | null;
}

const COLUMNS = 'payload, session_id, consumed_at, expires_at';
const SELECT = `SELECT ${COLUMNS} FROM oidc_artefacts`;
const IS_ALIVE = '(expires_at IS NULL OR expires_at > now())';

export class DatabaseArtefactStore implements ArtefactStore {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(sql: Sql, vault: Vault) {
    this.#sql = sql;
    this.#vault = vault;
  }

  async upsert(id: string, artefact: Artefact): Promise<void> {
    const { model, payload, grantId, ownerId, uid, sessionId, expiresAt } = artefact;
    await this.#sql.query(
      `INSERT INTO oidc_artefacts (id_hash, model, payload, grant_id, uid_hash, session_id, expires_at, owner_id)
       VALUES ($1, $2, $3, $4, $5, $6::uuid, $7, $8)
       ON CONFLICT (id_hash) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
         uid_hash = excluded.uid_hash, session_id = excluded.session_id, expires_at = excluded.expires_at`,
      [
        artefactKey(model, id),
        model,
        sealPayload(this.#vault, payload),
        grantId ?? null,
        uid === undefined ? null : artefactKey(model, uid),
        sessionId ?? null,
        expiresAt ?? null,
        ownerId ?? null,
      ],
    );
  }

  find(model: string, id: string): Promise<StoredArtefact | undefined> {
    return this.#one(`${SELECT} WHERE id_hash = $1 AND ${IS_ALIVE}`, artefactKey(model, id));
  }

  findByUid(model: string, uid: string): Promise<StoredArtefact | undefined> {
    return this.#one(`${SELECT} WHERE uid_hash = $1 AND ${IS_ALIVE}`, artefactKey(model, uid));
  }

  async consume(model: string, id: string): Promise<boolean> {
    const consumed = await this.#sql.query(
      `UPDATE oidc_artefacts SET consumed_at = now() WHERE id_hash = $1 AND consumed_at IS NULL RETURNING 1 AS one`,
      [artefactKey(model, id)],
    );
    return consumed.length === 1;
  }

  async delete(model: string, id: string): Promise<void> {
    await this.#sql.query('DELETE FROM oidc_artefacts WHERE id_hash = $1', [artefactKey(model, id)]);
  }

  async deleteByGrant(grantId: string): Promise<void> {
    const grantKey = artefactKey('Grant', grantId);
    await this.#sql.query('DELETE FROM oidc_artefacts WHERE grant_id = $1 OR id_hash = $2', [
      grantId,
      grantKey,
    ]);
  }

  async listByOwner(ownerId: number): Promise<OwnedArtefact[]> {
    const rows = await this.#sql.query<Row & { key: string; grantId: string }>(
      `SELECT id_hash AS key, grant_id AS "grantId", ${COLUMNS} FROM oidc_artefacts
       WHERE grant_id IN (SELECT grant_id FROM oidc_artefacts WHERE owner_id = $1) AND ${IS_ALIVE}`,
      [ownerId],
    );
    return rows.map((row) => ({ key: row.key, grantId: row.grantId, ...this.#opened(row) }));
  }

  async deleteByKey(key: string): Promise<void> {
    await this.#sql.query('DELETE FROM oidc_artefacts WHERE id_hash = $1', [key]);
  }

  async purgeExpired(now: Date): Promise<number> {
    const gone = await this.#sql.query(
      'DELETE FROM oidc_artefacts WHERE expires_at <= $1 RETURNING 1 AS one',
      [now],
    );
    return gone.length;
  }

  async #one(text: string, key: string): Promise<StoredArtefact | undefined> {
    const [row] = await this.#sql.query<Row>(text, [key]);
    return row && this.#opened(row);
  }

  #opened({
    payload,
    session_id: sessionId,
    consumed_at: consumedAt,
    expires_at: expiresAt,
  }: Row): StoredArtefact {
    return {
      payload: openPayload(this.#vault, payload),
      sessionId: sessionId ?? undefined,
      consumedAt: consumedAt ?? undefined,
      expiresAt: expiresAt ?? undefined,
    };
  }
}
