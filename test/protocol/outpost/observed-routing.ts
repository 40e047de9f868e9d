// A routing table of its own beside the gate's, whose reading of the database can be counted, held up and made to fail.
import { pino } from 'pino';
import { Routing } from '../../../src/protocol/outpost/provider/routing.ts';
import type { Gate } from './gate.ts';

export interface Reading {
  /** How often it asked for routes, and how many it was given. */
  reads: number;
  rows: number;
  /** May throw, or take its time. */
  before: () => void | Promise<void>;
  after: () => void | Promise<void>;
}

export function untouchedReading(): Reading {
  return { reads: 0, rows: 0, before: () => undefined, after: () => undefined };
}

export function openRouting({ gatelodge }: Gate, reading: Reading, longestSeconds = 900): Promise<Routing> {
  const { db, changes } = gatelodge.deps;
  const findMany = async (query: Parameters<typeof db.proxyProvider.findMany>[0]) => {
    reading.reads += 1;
    await reading.before();
    const rows = await db.proxyProvider.findMany(query);
    reading.rows += rows.length;
    await reading.after();
    return rows;
  };
  const { oAuth2Provider } = db;
  const $queryRaw = db.$queryRaw.bind(db);
  const observed = { proxyProvider: { findMany }, oAuth2Provider, $queryRaw } as unknown as typeof db;
  return Routing.open({ db: observed, changes, log: pino({ level: 'silent' }), longestSeconds });
}
