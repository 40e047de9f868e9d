// The table of the gate holds every change that was told, in whatever moment it was told.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Routing } from '../../../src/protocol/outpost/provider/routing.ts';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

/** More than there are between the last answer of the database and the end of reading. */
const STEPS = 20;

let gatelodge: Gatelodge;

beforeAll(async () => {
  gatelodge = await startGatelodge(EMBEDDED);
});
afterAll(() => gatelodge?.stop());

it('reads again for a change that is told while reading ends', async () => {
  const { db, changes } = gatelodge.deps;
  let reads = 0;
  let afterRead = () => {};
  const findMany = async (query: Parameters<typeof db.proxyProvider.findMany>[0]) => {
    reads += 1;
    const rows = await db.proxyProvider.findMany(query);
    afterRead();
    return rows;
  };
  const observed = { proxyProvider: { findMany } } as unknown as typeof db;
  const routing = await Routing.open({ db: observed, changes, log: pino({ level: 'silent' }) });
  const missed: number[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    let readsBefore = Number.POSITIVE_INFINITY;
    afterRead = () => {
      afterRead = () => {};
      void later(step).then(() => {
        readsBefore = reads;
        changes.publish('provider', { id: 1 });
      });
    };
    changes.publish('provider', { id: 1 });
    await sleep(20);
    if (reads <= readsBefore) missed.push(step);
  }
  routing.close();
  expect(missed).toEqual([]);
});

async function later(steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) await undefined;
}
