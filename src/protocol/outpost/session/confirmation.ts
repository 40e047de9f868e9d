// Asks the store every few seconds about all sessions that are in use, in bulk: so the truth is never more than ten
// seconds away, even if a change was told to nobody, and a busy gate does not read each session by itself for it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Changes } from '../../../platform/database/changes.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import type { SessionCache } from '../../../signin/session/cache.ts';
import type { FoundSession } from './outpost-sessions.ts';
import type { OutpostSessionStore } from './store.ts';

interface Needs {
  readonly cache: SessionCache<FoundSession>;
  readonly store: OutpostSessionStore;
  readonly sql: Sql;
  readonly changes: Pick<Changes, 'isConnected'>;
  readonly log: Logger;
}

const EVERY_SECONDS = 3;
/** Who has not come for this long is forgotten instead, and looked up when they do. */
const IN_USE_SECONDS = 60;
const AT_ONCE = 500;

type Known = readonly [token: string, session: FoundSession];

/** Confirms until it is stopped; sessions that cannot be confirmed are read again when they are asked for. */
export function startConfirmation(needs: Needs): { stop(): void } {
  const stopped = new AbortController();
  void (async () => {
    const pause = () =>
      sleep(EVERY_SECONDS * 1000, true, { ref: false, signal: stopped.signal }).catch(() => false);
    while (await pause()) await confirmAll(needs);
  })();
  return { stop: () => stopped.abort() };
}

/**
 * One round over everything in use. It asks who is gone, not what has become of their groups: while changes are not heard,
 * nothing is confirmed, and all of a session is read again when its few seconds are over.
 */
export async function confirmAll(needs: Needs, now = new Date()): Promise<void> {
  if (!needs.changes.isConnected) return;
  const known = needs.cache.inUse(now.getTime() - IN_USE_SECONDS * 1000, now.getTime());
  try {
    for (const batch of inBatches(known)) await confirm(needs, batch);
  } catch (error) {
    needs.log.warn({ err: error }, 'sessions at applications cannot be confirmed');
  }
}

/** Gathered as they are needed: going through a hundred thousand at once would hold up whoever asks meanwhile. */
function* inBatches(sessions: Iterable<Known>): Generator<readonly Known[]> {
  let batch: Known[] = [];
  for (const session of sessions) {
    batch.push(session);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function confirm({ cache, store, sql }: Needs, known: readonly Known[]): Promise<void> {
  const now = new Date();
  const userIds = [...new Set(known.map(([, { identity }]) => identity.userId))];
  const hashes = known.map(([, { tokenHash }]) => tokenHash);
  const [ended, inactive] = await Promise.all([store.findEnded(hashes, now), findInactive(sql, userIds)]);
  const [gone, left] = [new Set(ended), new Set(inactive)];
  const isOver = ({ tokenHash, identity }: FoundSession) => gone.has(tokenHash) || left.has(identity.userId);
  for (const [token, session] of known) {
    if (isOver(session)) cache.dropOf(session.identity.userId, isOver);
    else cache.confirm(token, session, now.getTime());
  }
}

async function findInactive(sql: Sql, userIds: readonly number[]): Promise<number[]> {
  const rows = await sql.query<{ id: number }>(
    `SELECT given.id FROM unnest($1::int[]) AS given (id)
      WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.id = given.id AND users.is_active)`,
    [userIds],
  );
  return rows.map(({ id }) => id);
}
